"""pika's BlockingConnection, as its users write it. Answers `CASE COUNT` lines as rounds-on-demand.ts says."""

import math
import os
import sys
import time

import pika

QUEUE = os.environ["BENCH_QUEUE"]
BODY = os.environ["BENCH_BODY"].encode()
PREFETCH = int(os.environ["BENCH_PREFETCH"])
ECHO_QUEUE = f"echo.py.{os.getpid()}.{time.monotonic_ns()}"


class Rounds:
    """A channel for each way of working, and a method for each case: it does `count` of it."""

    def __init__(self, connection):
        self.plain = connection.channel()
        self.confirming = connection.channel()
        self.confirming.confirm_delivery()
        self.acking = connection.channel()
        self.acking.basic_qos(prefetch_count=PREFETCH)
        self.echoing = connection.channel()
        self.echoing.queue_declare(ECHO_QUEUE, exclusive=True, auto_delete=True)
        # A generator starts to consume at its first step; the second one goes on with the first one's consumer.
        next(self.echoing.consume(ECHO_QUEUE, auto_ack=True, inactivity_timeout=0))
        self.echoes = self.echoing.consume(ECHO_QUEUE, auto_ack=True)

    def rpc(self, count):
        return timed(count, lambda: self.plain.queue_declare(QUEUE, passive=True))

    def roundtrip(self, count):
        def once():
            self.echoing.basic_publish("", ECHO_QUEUE, BODY)
            next(self.echoes)

        return timed(count, once)

    def publish(self, count):
        for _ in range(count):
            self.plain.basic_publish("", QUEUE, BODY)
        self.plain.queue_declare(QUEUE, passive=True)  # the server has taken all

    def confirm_each(self, count):
        return timed(count, lambda: self.confirming.basic_publish("", QUEUE, BODY))

    def consume(self, count):
        left = count

        def on_message(channel, method, properties, body):
            nonlocal left
            left -= 1
            if left == 0:
                channel.stop_consuming()

        self.plain.basic_consume(f"bench.{count}", on_message, auto_ack=True)
        self.plain.start_consuming()

    def generator(self, count):
        left = count
        for _ in self.plain.consume(f"bench.{count}", auto_ack=True):
            left -= 1
            if left == 0:
                break
        self.plain.cancel()

    def acks(self, count):
        left = count

        def on_message(channel, method, properties, body):
            nonlocal left
            channel.basic_ack(method.delivery_tag)
            left -= 1
            if left == 0:
                channel.stop_consuming()

        self.acking.basic_consume(f"bench.{count}", on_message)
        self.acking.start_consuming()


def timed(count, once):
    """Returns the duration of each call, in seconds."""
    times = []
    asked = time.perf_counter()
    for _ in range(count):
        once()
        answered = time.perf_counter()
        times.append(answered - asked)
        asked = answered
    return times


def percentile(ascending, part):
    """Returns milliseconds."""
    return ascending[math.ceil(len(ascending) * part) - 1] * 1e3


def serve(rounds, name, count):
    case = getattr(rounds, name.replace("-", "_"), None)
    if case is None:
        return "unsupported"
    cpu, start = time.process_time(), time.perf_counter()
    times = case(count)
    figures = [time.perf_counter() - start, time.process_time() - cpu]
    if times:
        times.sort()
        figures += [percentile(times, 0.5), percentile(times, 0.99)]
    return " ".join(f"{figure:.9f}" for figure in figures)


def main():
    parameters = pika.URLParameters(sys.argv[-1])
    parameters.heartbeat = 0
    rounds = Rounds(pika.BlockingConnection(parameters))
    print("ready", pika.__version__, flush=True)
    for line in sys.stdin:
        name, count = line.split()
        print(serve(rounds, name, int(count)), flush=True)


main()
