// The product page works without this. With it: − and + beside the quantity, and a buy bar
// that follows at the foot of a phone once the buy button has scrolled away.

for (const box of document.querySelectorAll("[data-steps]")) {
  const field = box.querySelector("input");
  const step = (sign, words, amount) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "step";
    button.textContent = sign;
    button.setAttribute("aria-label", words);
    button.addEventListener("click", () => {
      field.stepUp(amount);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return button;
  };
  field.before(step("−", "One less", -1));
  field.after(step("+", "One more", 1));
}

for (const bar of document.querySelectorAll("[data-follows]")) {
  const followed = document.getElementById(bar.dataset.follows);
  new IntersectionObserver(([entry]) => {
    bar.hidden = entry.isIntersecting || entry.boundingClientRect.top > 0;
  }).observe(followed);
}
