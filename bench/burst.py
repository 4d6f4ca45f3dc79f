# SPDX-License-Identifier: GPL-2.0-or-later
"""How long unicast waits while broadcasts are copied to many slaves.

One UDP byte goes from the wire to a slave and back, again and again (rr), in
quiet, and while trains of broadcasts come from the wire, of which every slave
gets a copy. A byte that comes after a train waits for what the receiver does
with the train before it looks at the byte. What that is, the 99.9th percentile
says: of 40,000 round trips in two seconds it leaves 40 out, which met what else
the machine does; how many do so, and for how long, the quiet rounds say.

Sender and asker are on one CPU, the master's thread and the slave that answers
on the other. Queues for copies are bounded: what part of those due was made is
shown, too, and is less where a queue was full.
"""

import json
import statistics
import sys

from common import RR, FEED, Failure, Place, table
from crowd import AT_ONCE, udp_broadcast, wait_for_quiet

LEAD = 0.5  # seconds that the trains begin before, and end after the asking
QUIET, BURST = "quiet", "burst"
KEYS = ["p50_us", "p99_us", "p999_us", "max_us"]


def round_trips(lab, crowd, args):
    """What rr says of a slave that the wire asks."""
    address = crowd.addresses.slave(crowd.asked)[0]
    with lab.server(crowd.label(crowd.asked), [*AT_ONCE, RR, "-s"], Place(args.cpus[1]),
                    "ready"):
        return json.loads(lab.run(
            crowd.label("wire"), [*AT_ONCE, RR, address, str(args.seconds)],
            args.seconds + 60, Place(args.cpus[0])))


def with_burst(lab, crowd, args):
    """The same, while every other slave should get copies."""
    before, _ = crowd.heard(but=crowd.asked)
    gap = args.gap / 1e6
    trains = round((args.seconds + 2 * LEAD) / gap)
    feeder = lab.spawn(crowd.label("wire"), [
        *AT_ONCE, FEED, "eth0", udp_broadcast(crowd).hex(), str(trains * args.train),
        str(args.train), str(args.gap)], Place(args.cpus[0]),
        stdout=-1, stderr=-1)
    said = round_trips(lab, crowd, args)
    _, complaint = feeder.communicate(timeout=args.seconds + 60)
    if feeder.returncode:
        raise Failure(complaint.strip())
    lab.end(feeder)
    wait_for_quiet(crowd)
    got = crowd.heard(but=crowd.asked)[0] - before
    return {**said, "made": got / (trains * args.train * (crowd.n - 1))}


def measure(lab, crowds, args):
    """{kind: {quiet or burst: [what rr said in each round]}}"""
    found = {crowd.kind: {QUIET: [], BURST: []} for crowd in crowds}
    for number in range(args.rounds):
        for crowd in crowds[::-1] if number % 2 else crowds:
            found[crowd.kind][QUIET].append(round_trips(lab, crowd, args))
            found[crowd.kind][BURST].append(with_burst(lab, crowd, args))
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {args.rounds}", end="",
                  file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return found


def summary(rounds):
    """Medians of the rounds; of the longest and of those lost, all."""
    result = {key: statistics.median(r[key] for r in rounds)
              for key in [*KEYS, "per_second"]}
    result["longest_us"] = max(r["max_us"] for r in rounds)
    result["lost"] = sum(r["lost"] for r in rounds)
    if "made" in rounds[0]:
        result["made"] = statistics.median(r["made"] for r in rounds)
    return {**result, "rounds": rounds}


def show(args, results):
    rows = [["UDP, one byte there and back, us", "median", "99 %", "99.9 %", "longest",
             "in all rounds", "lost", "copies made"]]
    for kind, of_kind in results.items():
        for when, found in of_kind.items():
            made = f"{found['made']:.1%}" if "made" in found else ""
            rows.append([f"{kind}, {when}",
                         *(f"{found[key]:,.1f}" for key in KEYS),
                         f"{found['longest_us']:,.1f}", str(found["lost"]),
                         made])
    print(f"{max(args.sizes):,} slaves, {args.train} broadcasts each "
          f"{args.gap / 1000:g} ms; medians of {args.rounds} rounds of "
          f"{args.seconds} s\n\n{table(rows)}")
