"""The form of the page of switches: a few ready-made choices for what the control API can do."""

from dataclasses import dataclass

from django import forms

from payments.sandbox.control import State
from payments.sandbox.switches import Fault, Switches, WebhookManner


@dataclass(frozen=True)
class OftenChoice:
    name: str
    words: str
    share: float = 1.0
    count: int | None = None


@dataclass(frozen=True)
class MannerChoice:
    name: str
    words: str
    manner: WebhookManner


OFTEN = (
    OftenChoice("every", "Every request"),
    OftenChoice("half", "About every second one", share=0.5),
    OftenChoice("tenth", "About one in ten", share=0.1),
    OftenChoice("next", "Only the next one", count=1),
)
MANNERS = (
    MannerChoice("usual", "As usual: within 2 seconds, in any order, some twice", WebhookManner()),
    MannerChoice("prompt", "At once and in their order", WebhookManner(delay_seconds=(0, 0), shuffle=False)),
    MannerChoice(
        "often", "Ten times each, within 20 seconds", WebhookManner(repeat=10, delay_seconds=(0, 20))
    ),
    MannerChoice("late", "One to two minutes late", WebhookManner(delay_seconds=(60, 120))),
    MannerChoice("never", "Not at all, until this is changed", WebhookManner(send=False)),
)


class SwitchForm(forms.Form):
    fault = forms.ChoiceField(choices=[(fault.value, fault.value) for fault in Fault])
    often = forms.ChoiceField(choices=[(choice.name, choice.words) for choice in OFTEN])
    events = forms.ChoiceField(choices=[(choice.name, choice.words) for choice in MANNERS])

    def switches(self) -> Switches:
        """Return what was chosen; the form has to be valid."""
        often = next(choice for choice in OFTEN if choice.name == self.cleaned_data["often"])
        manner = next(choice for choice in MANNERS if choice.name == self.cleaned_data["events"])
        return Switches(
            Fault(self.cleaned_data["fault"]),
            share=often.share,
            count=often.count,
            webhooks=manner.manner,
        )


def chosen(state: State) -> dict[str, str]:
    """Return what the form shows as chosen; nothing where the control API set something else."""
    switches = state.switches
    often = [
        choice.name for choice in OFTEN if (choice.share, choice.count) == (switches.share, switches.count)
    ]
    manner = [choice.name for choice in MANNERS if choice.manner == switches.webhooks]
    fault = switches.fault if state.is_broken else Fault.NONE
    return {"fault": fault, "often": "".join(often), "events": "".join(manner)}
