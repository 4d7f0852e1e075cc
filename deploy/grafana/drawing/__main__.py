"""Draw the dashboards: `python -m deploy.grafana.drawing` writes dashboards/ from boards/."""

from deploy.grafana.drawing.files import BOARDS, drawn_text, file_of

if __name__ == "__main__":
    for source in BOARDS:
        file_of(source).write_text(drawn_text(source))
