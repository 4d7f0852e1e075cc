from django.apps import AppConfig

from tests.faults.inside import bugs, kill_points, switch


class InsideConfig(AppConfig):
    name = "tests.faults.inside"
    label = "faults_inside"

    def ready(self) -> None:
        # Last of all apps: what is replaced here is what production code has imported by now.
        kill_points.install()
        bugs.install(switch.seeded_bug())
