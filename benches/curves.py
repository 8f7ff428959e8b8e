"""Draws what benches/curves.sh measured: curves.py CSV SVG."""

import csv
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "runner-desync"
import matplotlib.pyplot as plot

GROWING = ["runners", "repositories", "jobs"]


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    figure, places = plot.subplots(2, 3, figsize=(11, 6), sharex=True, sharey="row", layout="constrained")
    for column, what in enumerate(GROWING):
        of_this = [row for row in rows if row["grows"] == what]
        factors = [int(row["factor"]) for row in of_this]
        requests, bytes_ = places[0][column], places[1][column]
        for name, label, style in [
            ("charged an hour", "watch", "o-"),
            ("naive an hour", "a loop of gh api and jq", "s--"),
        ]:
            requests.plot(factors, [int(row[name]) for row in of_this], style, label=label)
        requests.axhline(5000, color="gray", linewidth=0.8, linestyle=":", label="limit of a token")
        bytes_.plot(factors, [float(row["MB a day"]) for row in of_this], "o-")
        requests.set_title(f"{what} × n")
        bytes_.set_xlabel("n")
        for place in (requests, bytes_):
            place.grid(alpha=0.3)
    places[0][0].set_ylabel("charged requests an hour")
    places[1][0].set_ylabel("recorded MB a day")
    places[0][0].set_ylim(bottom=0)
    places[1][0].set_ylim(bottom=0)
    places[0][0].legend(loc="upper left")
    first = rows[0]
    figure.suptitle(
        f"Cost of a watch every 30 s; n = 1: {first['runners']} runners, "
        f"{first['repos']} repositories, {first['jobs a day']} jobs a day"
    )
    figure.savefig(target, metadata={"Date": None})


main()
