/**
 * AMQP 0-9-1 with RabbitMQ's extensions, in a notation of one line a method. The classes, methods and properties of the
 * codec come from here and from nowhere else; `codegen.ts` turns it into `methods.ts` and `codec.ts`.
 *
 * A line is `id name(field:type ...) -> replies`. A field that has a value when left out shows it as `field=value:type`
 * (`''`, a number, `true`, `false`, `{}`). A field called `-` is reserved: written as zero or empty, skipped when read.
 *
 * Types: `bit` (neighbours share an octet), `octet`, `short`, `long`, `longlong` (8, 16, 32, 64 bits, unsigned), `shortstr`
 * (UTF-8, at most 255 bytes), `name` (a shortstr that tends to be the same as in the message before), `longtext` (a
 * longstr that is UTF-8), `longstr` (bytes), `timestamp` (seconds since 1970), `table`. A `*` before the name of a method
 * says that it carries content.
 *
 * The class `access` is left out: RabbitMQ has dropped it, and nobody sends it.
 */
export interface ClassSpec {
  readonly name: string;
  readonly id: number;
  readonly methods: readonly string[];
}

export const CLASSES: readonly ClassSpec[] = [
  {
    name: 'connection',
    id: 10,
    methods: [
      '10 start(versionMajor:octet versionMinor:octet serverProperties:table mechanisms:longtext locales:longtext) -> start-ok',
      "11 start-ok(clientProperties={}:table mechanism='PLAIN':shortstr response:longstr locale='en_US':shortstr)",
      '20 secure(challenge:longstr) -> secure-ok',
      '21 secure-ok(response:longstr)',
      '30 tune(channelMax:short frameMax:long heartbeat:short) -> tune-ok',
      '31 tune-ok(channelMax=0:short frameMax=0:long heartbeat=0:short)',
      "40 open(virtualHost='/':shortstr -:shortstr -:bit) -> open-ok",
      "41 open-ok(knownHosts='':shortstr)",
      "50 close(replyCode:short replyText='':shortstr classId=0:short methodId=0:short) -> close-ok",
      '51 close-ok()',
      "60 blocked(reason='':shortstr)",
      '61 unblocked()',
      '70 update-secret(newSecret:longtext reason:shortstr) -> update-secret-ok',
      '71 update-secret-ok()',
    ],
  },
  {
    name: 'channel',
    id: 20,
    methods: [
      '10 open(-:shortstr) -> open-ok',
      '11 open-ok(-:longtext)',
      '20 flow(active:bit) -> flow-ok',
      '21 flow-ok(active:bit)',
      "40 close(replyCode:short replyText='':shortstr classId=0:short methodId=0:short) -> close-ok",
      '41 close-ok()',
    ],
  },
  {
    name: 'exchange',
    id: 40,
    methods: [
      "10 declare(-:short exchange:shortstr type='direct':shortstr passive=false:bit durable=false:bit autoDelete=false:bit internal=false:bit nowait=false:bit arguments={}:table) -> declare-ok",
      '11 declare-ok()',
      '20 delete(-:short exchange:shortstr ifUnused=false:bit nowait=false:bit) -> delete-ok',
      '21 delete-ok()',
      "30 bind(-:short destination:shortstr source:shortstr routingKey='':shortstr nowait=false:bit arguments={}:table) -> bind-ok",
      '31 bind-ok()',
      "40 unbind(-:short destination:shortstr source:shortstr routingKey='':shortstr nowait=false:bit arguments={}:table) -> unbind-ok",
      '51 unbind-ok()',
    ],
  },
  {
    name: 'queue',
    id: 50,
    methods: [
      "10 declare(-:short queue='':shortstr passive=false:bit durable=false:bit exclusive=false:bit autoDelete=false:bit nowait=false:bit arguments={}:table) -> declare-ok",
      '11 declare-ok(queue:shortstr messageCount:long consumerCount:long)',
      "20 bind(-:short queue='':shortstr exchange:shortstr routingKey='':shortstr nowait=false:bit arguments={}:table) -> bind-ok",
      '21 bind-ok()',
      "30 purge(-:short queue='':shortstr nowait=false:bit) -> purge-ok",
      '31 purge-ok(messageCount:long)',
      "40 delete(-:short queue='':shortstr ifUnused=false:bit ifEmpty=false:bit nowait=false:bit) -> delete-ok",
      '41 delete-ok(messageCount:long)',
      "50 unbind(-:short queue='':shortstr exchange:shortstr routingKey='':shortstr arguments={}:table) -> unbind-ok",
      '51 unbind-ok()',
    ],
  },
  {
    name: 'basic',
    id: 60,
    methods: [
      '10 qos(prefetchSize=0:long prefetchCount=0:short global=false:bit) -> qos-ok',
      '11 qos-ok()',
      "20 consume(-:short queue='':shortstr consumerTag='':shortstr noLocal=false:bit noAck=false:bit exclusive=false:bit nowait=false:bit arguments={}:table) -> consume-ok",
      '21 consume-ok(consumerTag:shortstr)',
      '30 cancel(consumerTag:shortstr nowait=false:bit) -> cancel-ok',
      '31 cancel-ok(consumerTag:shortstr)',
      "40 *publish(-:short exchange='':name routingKey='':name mandatory=false:bit immediate=false:bit)",
      '50 *return(replyCode:short replyText:shortstr exchange:name routingKey:name)',
      '60 *deliver(consumerTag:name deliveryTag:longlong redelivered:bit exchange:name routingKey:name)',
      "70 get(-:short queue='':shortstr noAck=false:bit) -> get-ok get-empty",
      '71 *get-ok(deliveryTag:longlong redelivered:bit exchange:name routingKey:name messageCount:long)',
      '72 get-empty(-:shortstr)',
      '80 ack(deliveryTag=0:longlong multiple=false:bit)',
      '90 reject(deliveryTag:longlong requeue=true:bit)',
      '100 recover-async(requeue=false:bit)',
      '110 recover(requeue=false:bit) -> recover-ok',
      '111 recover-ok()',
      '120 nack(deliveryTag=0:longlong multiple=false:bit requeue=true:bit)',
    ],
  },
  {
    name: 'confirm',
    id: 85,
    methods: ['10 select(nowait=false:bit) -> select-ok', '11 select-ok()'],
  },
  {
    name: 'tx',
    id: 90,
    methods: [
      '10 select() -> select-ok',
      '11 select-ok()',
      '20 commit() -> commit-ok',
      '21 commit-ok()',
      '30 rollback() -> rollback-ok',
      '31 rollback-ok()',
    ],
  },
];

/** The properties of a message (class basic), first flag first. */
export const PROPERTIES: readonly string[] = [
  'contentType:name',
  'contentEncoding:name',
  'headers:table',
  'deliveryMode:octet',
  'priority:octet',
  'correlationId:shortstr',
  'replyTo:name',
  'expiration:name',
  'messageId:shortstr',
  'timestamp:timestamp',
  'type:name',
  'userId:name',
  'appId:name',
  'clusterId:name',
];
