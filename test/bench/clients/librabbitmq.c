/*
 * librabbitmq, the blocking client in C, as its users write it. Answers `CASE COUNT` lines as rounds-on-demand.ts says;
 * the workload's figures come from the environment, see workload.ts.
 */
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* A channel for each way of working. */
enum { PLAIN = 1, EACH, WINDOWED, ACKING, ECHO };

#define CONSUMER_TAG amqp_cstring_bytes("bench")
#define EVERYTHING_NEGOTIATED 0, 131072, 0 /* channel-max, frame-max, no heartbeats */

static amqp_connection_state_t connection;
static amqp_bytes_t queue_name, body;
static uint64_t window;
static uint16_t prefetch;
static char echo_queue[64];
static uint64_t confirmed, published;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "librabbitmq: %s: %s\n", what, why);
  exit(1);
}

static const char *setting(const char *name) {
  const char *value = getenv(name);
  if (value == NULL) fail(name, "is not in the environment");
  return value;
}

static void check(const char *what, int status) {
  if (status != AMQP_STATUS_OK) fail(what, amqp_error_string2(status));
}

static void check_reply(const char *what, amqp_rpc_reply_t reply) {
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) fail(what, amqp_error_string2(reply.library_error));
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail(what, "refused by the server");
}

static void check_rpc(const char *what) { check_reply(what, amqp_get_rpc_reply(connection)); }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static double cpu_now(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void declare_passively(amqp_channel_t channel) {
  amqp_queue_declare(connection, channel, queue_name, 1, 0, 0, 0, amqp_empty_table);
  check_rpc("queue.declare");
  amqp_maybe_release_buffers(connection);
}

static void publish_to(amqp_channel_t channel, amqp_bytes_t queue) {
  check("basic.publish", amqp_basic_publish(connection, channel, amqp_empty_bytes, queue, 0, 0, NULL, body));
}

/* The server takes the messages of one queue in order, so the tag of its last ack says all. */
static void await_confirm(void) {
  amqp_frame_t frame;
  amqp_maybe_release_buffers(connection);
  check("waiting for a confirm", amqp_simple_wait_frame(connection, &frame));
  if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
    fail("waiting for a confirm", "something else came");
  confirmed = ((amqp_basic_ack_t *)frame.payload.method.decoded)->delivery_tag;
}

/* Returns the delivery tag. */
static uint64_t receive(void) {
  amqp_envelope_t envelope;
  amqp_maybe_release_buffers(connection);
  check_reply("consuming", amqp_consume_message(connection, &envelope, NULL, 0));
  if (envelope.message.body.len != body.len) fail("consuming", "a wrong body came");
  uint64_t tag = envelope.delivery_tag;
  amqp_destroy_envelope(&envelope);
  return tag;
}

static void start_consumer(amqp_channel_t channel, const char *queue, int no_ack) {
  amqp_basic_consume(connection, channel, amqp_cstring_bytes(queue), CONSUMER_TAG, 0, no_ack, 0, amqp_empty_table);
  check_rpc("basic.consume");
}

/* Each case does `count` of something; `times` has room for that many durations, in seconds, and is used or not. */

static int rpc(long count, double *times) {
  double asked = now();
  for (long i = 0; i < count; i++) {
    declare_passively(PLAIN);
    double answered = now();
    times[i] = answered - asked;
    asked = answered;
  }
  return 1;
}

static int roundtrip(long count, double *times) {
  double asked = now();
  for (long i = 0; i < count; i++) {
    publish_to(ECHO, amqp_cstring_bytes(echo_queue));
    receive();
    double answered = now();
    times[i] = answered - asked;
    asked = answered;
  }
  return 1;
}

static int publish(long count, double *times) {
  (void)times;
  for (long i = 0; i < count; i++) publish_to(PLAIN, queue_name);
  declare_passively(PLAIN); /* the server has taken all */
  return 0;
}

static int confirm_each(long count, double *times) {
  double asked = now();
  for (long i = 0; i < count; i++) {
    publish_to(EACH, queue_name);
    await_confirm();
    double answered = now();
    times[i] = answered - asked;
    asked = answered;
  }
  return 1;
}

static int confirm_window(long count, double *times) {
  (void)times;
  confirmed = published;
  for (long i = 0; i < count; i++) {
    publish_to(WINDOWED, queue_name);
    published++;
    while (published - confirmed >= window) await_confirm();
  }
  while (confirmed < published) await_confirm();
  return 0;
}

static void consume_all(amqp_channel_t channel, long count, int no_ack) {
  char queue[32];
  snprintf(queue, sizeof queue, "bench.%ld", count);
  start_consumer(channel, queue, no_ack);
  for (long i = 0; i < count; i++) {
    uint64_t tag = receive();
    if (!no_ack) check("basic.ack", amqp_basic_ack(connection, channel, tag, 0));
  }
  amqp_basic_cancel(connection, channel, CONSUMER_TAG);
  check_rpc("basic.cancel");
  amqp_maybe_release_buffers(connection);
}

static int consume(long count, double *times) {
  (void)times;
  consume_all(PLAIN, count, 1);
  return 0;
}

static int acks(long count, double *times) {
  (void)times;
  consume_all(ACKING, count, 0);
  return 0;
}

static const struct {
  const char *name;
  int (*run)(long count, double *times); /* returns whether it filled in the times */
} cases[] = {
    {"rpc", rpc},
    {"roundtrip", roundtrip},
    {"publish", publish},
    {"confirm-each", confirm_each},
    {"confirm-window", confirm_window},
    {"consume", consume},
    {"generator", consume}, /* there is but one way to consume */
    {"acks", acks},
};

static int ascending(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

/* Milliseconds. */
static double percentile(const double *sorted, long count, double part) {
  long at = (long)(count * part + 0.999999) - 1;
  return sorted[at < 0 ? 0 : at] * 1e3;
}

static void serve(const char *name, long count) {
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    if (strcmp(cases[i].name, name) != 0) continue;
    double *times = calloc(count, sizeof *times);
    if (times == NULL) fail(name, "no memory");
    double cpu = cpu_now(), start = now();
    int timed = cases[i].run(count, times);
    printf("%.9f %.6f", now() - start, cpu_now() - cpu);
    if (timed) {
      qsort(times, count, sizeof *times, ascending);
      printf(" %.6f %.6f", percentile(times, count, 0.5), percentile(times, count, 0.99));
    }
    printf("\n");
    free(times);
    return;
  }
  printf("unsupported\n");
}

static void open_channels(void) {
  for (amqp_channel_t channel = PLAIN; channel <= ECHO; channel++) {
    amqp_channel_open(connection, channel);
    check_rpc("channel.open");
  }
  amqp_confirm_select(connection, EACH);
  check_rpc("confirm.select");
  amqp_confirm_select(connection, WINDOWED);
  check_rpc("confirm.select");
  amqp_basic_qos(connection, ACKING, 0, prefetch, 0);
  check_rpc("basic.qos");
  snprintf(echo_queue, sizeof echo_queue, "echo.c.%.0f", now() * 1e9);
  amqp_queue_declare(connection, ECHO, amqp_cstring_bytes(echo_queue), 0, 0, 1, 1, amqp_empty_table);
  check_rpc("queue.declare");
  start_consumer(ECHO, echo_queue, 1);
}

int main(int argc, char **argv) {
  struct amqp_connection_info to;
  if (argc < 2) fail("arguments", "a URL is missing");
  check("URL", amqp_parse_url(argv[argc - 1], &to));
  queue_name = amqp_cstring_bytes(setting("BENCH_QUEUE"));
  body = amqp_cstring_bytes(setting("BENCH_BODY"));
  window = strtoull(setting("BENCH_WINDOW"), NULL, 10);
  prefetch = strtoul(setting("BENCH_PREFETCH"), NULL, 10);
  connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  if (socket == NULL) fail("socket", "no memory");
  check("connecting", amqp_socket_open(socket, to.host, to.port)); /* sets TCP_NODELAY */
  check_reply("login", amqp_login(connection, to.vhost, EVERYTHING_NEGOTIATED, AMQP_SASL_METHOD_PLAIN, to.user, to.password));
  open_channels();

  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready %s\n", amqp_version());
  char name[64];
  long count;
  while (scanf("%63s %ld", name, &count) == 2) serve(name, count);
  return 0;
}
