"""What the back ends tell of themselves, as far as dashboards, rules and runbooks may name it.

The only place with these names. `tests/stack/test_expressions.py` asks the real programs for each.
"""

# By the scrape job that brings them, with their labels beside `job` and `instance`.
COLLECTOR = {
    "otelcol_receiver_accepted_spans": ("receiver", "transport"),
    "otelcol_receiver_accepted_metric_points": ("receiver", "transport"),
    "otelcol_receiver_refused_spans": ("receiver", "transport"),
    "otelcol_receiver_refused_metric_points": ("receiver", "transport"),
    "otelcol_exporter_sent_spans": ("exporter", "server_address", "server_port", "url_path"),
    "otelcol_exporter_sent_metric_points": ("exporter", "server_address", "server_port", "url_path"),
    "otelcol_exporter_send_failed_spans": ("exporter",),
    "otelcol_exporter_send_failed_metric_points": ("exporter",),
    "otelcol_exporter_enqueue_failed_spans": ("exporter",),
    "otelcol_exporter_enqueue_failed_metric_points": ("exporter",),
    "otelcol_exporter_queue_size": ("exporter", "data_type"),
    "otelcol_exporter_queue_capacity": ("exporter", "data_type"),
}
PROMETHEUS = {
    "prometheus_http_requests_total": ("handler", "code"),
    "prometheus_tsdb_exemplar_exemplars_appended_total": (),
    "prometheus_tsdb_exemplar_exemplars_in_storage": (),
    "prometheus_tsdb_exemplar_max_exemplars": (),
    "prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds": (),
    "prometheus_tsdb_exemplar_out_of_order_exemplars_total": (),
    "prometheus_api_otlp_out_of_order_exemplars_total": (),
}
# Made by Prometheus itself for every scrape and rule.
MADE_BY_PROMETHEUS = {
    "prometheus_http_requests_total": ("handler", "code"),
    "up": (),
    "ALERTS": ("alertname", "alertstate", "severity"),
}

# Nobody sees these before something went wrong.
AFTER_A_FAILURE = frozenset(
    {
        "otelcol_exporter_send_failed_spans",
        "otelcol_exporter_send_failed_metric_points",
        "otelcol_exporter_enqueue_failed_spans",
        "otelcol_exporter_enqueue_failed_metric_points",
    }
)

ALL = COLLECTOR | PROMETHEUS | MADE_BY_PROMETHEUS
JOBS = frozenset({"collector", "prometheus", "tempo", "alertmanager"})
