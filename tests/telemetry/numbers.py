"""What a reader collects of an instrument that has one attribute and no buckets."""

from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint

from webstore.telemetry.contract import Instrument


def numbers(reader: InMemoryMetricReader, spec: Instrument) -> dict[str, float]:
    """Collect, and return the instrument's values by its attribute's; {} when it reports nothing."""
    data = reader.get_metrics_data()
    points = [
        point
        for resource in (data.resource_metrics if data else [])
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == spec.name
        for point in metric.data.data_points
        if isinstance(point, NumberDataPoint)
    ]
    return {str(value): point.value for point in points for value in (point.attributes or {}).values()}
