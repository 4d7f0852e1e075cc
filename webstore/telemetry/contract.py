"""Every name telemetry uses: spans, instruments, attributes, units, buckets.

Nothing else in the project spells one of these names out. Attribute and unit
names follow the OpenTelemetry semantic conventions where those have one.
"""

from dataclasses import dataclass

NAMESPACE = "webstore"
SCOPE = "webstore"

# service.name of each program
WEB = "web"
WORKER = "worker"
BEAT = "beat"
PROVIDER = "provider"
# Sends one marked measurement when somebody asks `manage.py doctor`
DOCTOR = "doctor"

# Spans of the shop. Server spans are "METHOD /route".
CHECKOUT = "POST /checkout"
VALIDATE_CART = "validate_cart"
CHECK_INVENTORY = "check_inventory"
CREATE_ORDER = "create_order"
PROCESS_PAYMENT = "process_payment"
PAYMENT_PROVIDER_API = "payment_provider_api"
PROCESS_REFUND = "process_refund"
EXPIRE_ORDER = "expire_order"
HEED_EVENT = "heed_provider_event"
SPAN_NAMES = (
    CHECKOUT,
    VALIDATE_CART,
    CHECK_INVENTORY,
    CREATE_ORDER,
    PROCESS_PAYMENT,
    PAYMENT_PROVIDER_API,
    PROCESS_REFUND,
    EXPIRE_ORDER,
    HEED_EVENT,
)

# Attributes
COUNTRY = "country"
PAYMENT_METHOD = "payment_method"
OUTCOME = "outcome"
TASK = "task"
RATIO = "ratio"
VERSION = "version"
BUILT_AFTER_FORK = "built_after_fork"
ORDER_NUMBER = "webstore.order.number"
PAYMENT_TRY = "webstore.payment.try"
KEPT = "webstore.kept"
STATE = "state"
REASON = "reason"
SIGNAL = "signal"

# Values of `outcome`
APPROVED = "approved"
DECLINED = "declined"
ERROR = "error"
TIMEOUT = "timeout"
PLACED = "placed"
REFUSED = "refused"
SUCCEEDED = "succeeded"
FAILED = "failed"

# Values of `webstore.kept` and of `reason`: why a local trace was kept, or what else became of it
BASELINE = "baseline"
CROSSING = "crossing"
EXEMPLAR = "exemplar"
# ERROR is one of them too
DROPPED = "dropped"
CAPPED = "capped"
UNFINISHED = "unfinished"

# Values of `state` of an exemplar
SELECTED = "selected"
PUBLISHED = "published"
WITHHELD = "withheld"

# Values of `state` of an exemplar whose trace was asked for
ALIVE = "alive"
SPAN_MISSING = "span_missing"
TRACE_MISSING = "trace_missing"

# Values of `reason` of a withheld exemplar: its span or its metric was not delivered in time
SPAN_LATE = "span_late"
METRIC_LATE = "metric_late"
# SINK_REFUSED is one of them too

# Values of `reason` of a lost span
TRACE_CAP = "trace_cap"
QUEUE_FULL = "queue_full"
SINK_REFUSED = "sink_refused"

# Values of `reason` of a miscount
SOLD_UNRESERVED = "sold_unreserved"
RELEASED_UNRESERVED = "released_unreserved"
REFUNDED_UNCOUNTED = "refunded_uncounted"
MISCOUNT_REASONS = (SOLD_UNRESERVED, RELEASED_UNRESERVED, REFUNDED_UNCOUNTED)

# Values of `signal`
SIGNAL_TRACES = "traces"
SIGNAL_METRICS = "metrics"

PAYMENT_METHODS = ("card", "paypal", "bank_transfer")


@dataclass(frozen=True)
class Instrument:
    """What an instrument is called and measures; histograms name their bucket bounds."""

    name: str
    unit: str
    description: str
    attributes: tuple[str, ...] = ()
    boundaries: tuple[float, ...] = ()


CHECKOUT_AMOUNT = Instrument(
    "webstore.checkout.amount",
    "USD",
    "What one placed order costs",
    (COUNTRY, PAYMENT_METHOD),
    (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000),
)
PAYMENT_DURATION = Instrument(
    "webstore.payment.duration",
    "s",
    "One try to charge a payment, whatever came of it",
    (COUNTRY, PAYMENT_METHOD, OUTCOME),
    (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15, 20, 30, 60),
)
TIME_TO_PAID = Instrument(
    "webstore.order.time_to_paid",
    "s",
    "From placing an order to its payment",
    (PAYMENT_METHOD,),
    (0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600),
)
_TASK_BOUNDARIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
TASK_WAIT = Instrument(
    "webstore.task.wait",
    "s",
    "From publishing a task's message to the start of its run",
    (TASK, OUTCOME),
    _TASK_BOUNDARIES,
)
TASK_DURATION = Instrument(
    "webstore.task.duration",
    "s",
    "One run of a task",
    (TASK, OUTCOME),
    _TASK_BOUNDARIES,
)
CHECKOUTS = Instrument(
    "webstore.checkouts",
    "{checkout}",
    "Checkout forms sent, by what came of them",
    (COUNTRY, PAYMENT_METHOD, OUTCOME),
)
DOORBELLS_MISSED = Instrument(
    "webstore.doorbells.missed",
    "{message}",
    "Messages that were not published in time; the sweep sends them again",
    (TASK,),
)
OLDEST_DUE = Instrument(
    "webstore.payments.oldest_due",
    "s",
    "Age of the oldest payment or refund that is due and nobody has taken",
)
IN_REVIEW = Instrument(
    "webstore.payments.in_review",
    "{payment}",
    "Payments that wait for a person, because nobody else can find out what came of them",
)
MISCOUNTS = Instrument(
    "webstore.miscounts",
    "{miscount}",
    "Sold or released units that nothing had reserved, and refunds beyond what their order was paid",
    (REASON,),
)
TELEMETRY_INFO = Instrument(
    "webstore.telemetry.info",
    "1",
    "1 for each process that sends telemetry",
    (BUILT_AFTER_FORK, RATIO, VERSION),
)
TELEMETRY_STARTED = Instrument(
    "webstore.telemetry.started",
    "s",
    "When the process's telemetry was built, in Unix seconds; it never falls unless two senders share one id",
)
EXEMPLARS = Instrument(
    "webstore.exemplars",
    "{exemplar}",
    "Exemplars selected, delivered to the sink, or withheld because their span was not",
    (STATE,),
)
EXEMPLARS_WITHHELD = Instrument(
    "webstore.exemplars.withheld",
    "{exemplar}",
    "Exemplars withheld, by what was missing",
    (REASON,),
)
TRACES = Instrument(
    "webstore.traces",
    "{trace}",
    "Local traces kept, by reason, and dropped, capped or unfinished ones",
    (REASON,),
)
SPANS_LOST = Instrument(
    "webstore.spans.lost",
    "{span}",
    "Spans of kept traces that were given up",
    (REASON,),
)
EXPORT_FAILURES = Instrument(
    "webstore.export.failures",
    "{request}",
    "Requests to the telemetry sink that failed",
    (SIGNAL,),
)
EXEMPLARS_AUDITED = Instrument(
    "webstore.exemplars.audited",
    "{exemplar}",
    "Exemplars of the last audit, by what the trace store had of them",
    (STATE,),
)
AUDITS = Instrument(
    "webstore.audits",
    "{audit}",
    "Audits that beat asked for; failed ones got no answer from the read side",
    (OUTCOME,),
)
# One series in all: no attributes, one instance. Nothing of the shop records it.
DOCTOR_DELIVERY = Instrument(
    "webstore.doctor.delivery",
    "s",
    "How long the telemetry sink took for the doctor's own spans",
    (),
    (0.01, 0.1, 1),
)

INSTRUMENTS = tuple(spec for spec in tuple(globals().values()) if isinstance(spec, Instrument))

# Made by the HTTP instrumentations, by the semantic conventions.
HTTP_SERVER_DURATION = "http.server.request.duration"
HTTP_CLIENT_DURATION = "http.client.request.duration"

HISTOGRAMS = (CHECKOUT_AMOUNT, PAYMENT_DURATION, TIME_TO_PAID, TASK_WAIT, TASK_DURATION)
# All that have exemplars.
HISTOGRAM_NAMES = (*(spec.name for spec in HISTOGRAMS), HTTP_SERVER_DURATION, HTTP_CLIENT_DURATION)
