// Nothing moves under a reader's pointer or focus: the refresh waits until both are elsewhere.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("#live:hover, #live:focus-within") || document.hidden) {
    event.preventDefault();
  }
});
