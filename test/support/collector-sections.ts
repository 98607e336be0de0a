/** Keys of a component of the Collector with values to try, as YAML. Keys of sections are joined by `.`. */
interface ComponentKeys {
  readonly section: 'exporters' | 'processors' | 'extensions'
  /** As small as it may be. */
  readonly base: Readonly<Record<string, string>>
  readonly keys: Readonly<Record<string, readonly string[]>>
}

const durations = ['10s', '0s', '1m30s', '-1s', '5', '5 s', '"10"', '1d']
const counts = ['1', '0', '100', '-1', '1.5', '"7"', '1e3']
const texts = ['some text', '7', 'true', '""']
const switches = ['true', 'false', '"true"', '1', 'maybe']
/** Tried with every key. */
const odd = ['{a: 1}', '[1, 2]']

const under = (section: string, keys: Record<string, readonly string[]>) =>
  Object.fromEntries(Object.entries(keys).map(([key, values]) => [`${section}.${key}`, values]))

const tls = under('tls', {
  insecure: switches,
  insecure_skip_verify: switches,
  server_name_override: texts,
  ca_file: texts,
  ca_pem: texts,
  cert_file: texts,
  cert_pem: texts,
  key_file: texts,
  key_pem: texts,
  include_system_ca_certs_pool: switches,
  min_version: ['"1.0"', '"1.1"', '"1.2"', '"1.3"', '"1.4"', '1.2', '""'],
  max_version: ['"1.0"', '"1.2"', '"1.3"', '"2"', '""'],
  reload_interval: durations,
  cipher_suites: ['[TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]', '[none]', '[]'],
  curve_preferences: ['[X25519]', '[none]'],
  tpm: ['{enabled: true}'],
  nonsense: ['1'],
})

const retry = under('retry_on_failure', {
  enabled: switches,
  initial_interval: durations,
  max_interval: durations,
  max_elapsed_time: durations,
  randomization_factor: ['0', '0.5', '1', '1.5', '-0.1', 'x'],
  multiplier: ['0', '1', '2.5', '-1', 'x'],
  nonsense: ['1'],
})

const queue = under('sending_queue', {
  enabled: switches,
  num_consumers: counts,
  queue_size: counts,
  sizer: ['requests', 'items', 'bytes', 'points', '""'],
  block_on_overflow: switches,
  wait_for_result: switches,
  storage: ['file_storage', 'file_storage/x'],
  batch: [
    '{}',
    '{flush_timeout: 1s}',
    '{min_size: 10, max_size: 5}',
    '{sizer: requests}',
    '{x: 1}',
  ],
  nonsense: ['1'],
})

const sections = {
  tls: ['{}', '~'],
  retry_on_failure: ['{}', '~', '{initial_interval: 10s, max_interval: 5s, max_elapsed_time: 7s}'],
  sending_queue: ['{}', '~'],
}

const headers = {
  headers: [
    '{}',
    '{a: b}',
    '{Authorization: "Bearer x", X-Tenant: "7"}',
    '{a: 7}',
    '[{name: a, value: b}]',
    '[{name: a}]',
    '[{name: a, value: b, more: c}]',
    'text',
  ],
  auth: ['{authenticator: basicauth}', '{}'],
  middlewares: ['[{id: x}]', '[]'],
}

/** Components that both have. */
export const componentKeys: Readonly<Record<string, ComponentKeys>> = {
  otlp: {
    section: 'exporters',
    base: { endpoint: '"localhost:4317"' },
    keys: {
      endpoint: [
        '"localhost:4317"',
        '"http://localhost:4317"',
        '"https://localhost:4317"',
        '"dns:///localhost:4317"',
        '"unix:///run/otlp.sock"',
        '"[::1]:4317"',
        'localhost',
        '"localhost:"',
        '"localhost:x"',
        '""',
      ],
      compression: ['gzip', 'none', '""', 'zstd', 'snappy', 'brotli'],
      timeout: durations,
      balancer_name: ['round_robin', 'pick_first', '""', 'nonsense'],
      authority: texts,
      wait_for_ready: switches,
      user_agent: texts,
      read_buffer_size: counts,
      write_buffer_size: counts,
      keepalive: [
        '{}',
        '{time: 10s, timeout: 5s, permit_without_stream: true}',
        '{every: 1s}',
        '~',
      ],
      nonsense: ['1'],
      ...sections,
      ...headers,
      ...tls,
      ...retry,
      ...queue,
    },
  },
  otlphttp: {
    section: 'exporters',
    base: { endpoint: '"http://localhost:4318"' },
    keys: {
      endpoint: [
        '"http://localhost:4318"',
        '"https://localhost:4318/base/"',
        '"http://u:p@localhost"',
        '"http://localhost:4318/?x=1"',
        '""',
        '"http://[::1"',
      ],
      metrics_endpoint: ['"http://localhost:4318/m?x=1"', '""'],
      logs_endpoint: ['"http://localhost:4318/l"', '""'],
      traces_endpoint: ['"http://localhost:4318/t"'],
      profiles_endpoint: ['"http://localhost:4318/p"'],
      encoding: ['proto', 'json', 'protobuf', '""'],
      compression: [
        'gzip',
        'zstd',
        'zlib',
        'deflate',
        'snappy',
        'x-snappy-framed',
        'lz4',
        'none',
        '""',
        'brotli',
      ],
      'compression_params.level': ['0', '-1', '-2', '-3', '1', '9', '10', '1.5'],
      compression_params: ['{}', '{speed: 1}'],
      timeout: durations,
      proxy_url: ['"http://proxy:3128"', '"https://u:p@proxy"', '"socks5://proxy"', '""'],
      read_buffer_size: counts,
      write_buffer_size: counts,
      max_idle_conns: counts,
      max_idle_conns_per_host: counts,
      max_conns_per_host: counts,
      idle_conn_timeout: durations,
      disable_keep_alives: switches,
      http2_read_idle_timeout: durations,
      http2_ping_timeout: durations,
      force_attempt_http2: switches,
      cookies: ['{}'],
      nonsense: ['1'],
      ...sections,
      ...headers,
      ...tls,
      ...retry,
      ...queue,
    },
  },
  file: {
    section: 'exporters',
    base: { path: './out.json' },
    keys: {
      path: ['./x.json', '""', './a-*.json'],
      append: switches,
      format: ['json', 'proto', 'xml', '""'],
      compression: ['zstd', 'gzip', '""'],
      'compression_params.level': ['0', '3', '99'],
      flush_interval: durations,
      encoding: ['otlp_encoding'],
      create_directory: switches,
      directory_permissions: ['"0755"', '"999"', 'x'],
      rotation: ['{}', '~', '{max_megabytes: 10, max_days: 3, max_backups: 3, localtime: true}'],
      'rotation.max_megabytes': counts,
      'rotation.max_days': counts,
      'rotation.max_backups': counts,
      'rotation.localtime': switches,
      'rotation.nonsense': ['1'],
      group_by: ['{}', '{enabled: false}', '{enabled: true}', '{enabled: true, max_open_files: 5}'],
      nonsense: ['1'],
    },
  },
  debug: {
    section: 'exporters',
    base: {},
    keys: {
      verbosity: ['basic', 'normal', 'detailed', 'loud', 'Detailed', '""'],
      sampling_initial: counts,
      sampling_thereafter: counts,
      use_internal_logger: switches,
      output_paths: ['[stdout]', '[./x.txt]', '[]'],
      sending_queue: ['{}', '{enabled: true}', '~'],
      nonsense: ['1'],
    },
  },
  prometheus: {
    section: 'exporters',
    base: { endpoint: '"localhost:9464"' },
    keys: {
      endpoint: [
        '"localhost:9464"',
        '"0.0.0.0:9464"',
        '"[::1]:9464"',
        '":9464"',
        '""',
        'localhost',
      ],
      namespace: texts,
      const_labels: ['{a: b}', '{}', '{a: 7}'],
      send_timestamps: switches,
      metric_expiration: durations,
      enable_open_metrics: switches,
      add_metric_suffixes: switches,
      without_scope_info: switches,
      translation_strategy: [
        'UnderscoreEscapingWithSuffixes',
        'UnderscoreEscapingWithoutSuffixes',
        'NoUTF8EscapingWithSuffixes',
        'NoTranslation',
        'Nonsense',
        '""',
      ],
      resource_to_telemetry_conversion: ['{}', '{enabled: true}', '{enabled: 7}', '{nonsense: 1}'],
      tls: [
        '{cert_file: a, key_file: b}',
        '{cert_file: a, key_file: b, client_ca_file: c}',
        '{nonsense: 1}',
      ],
      transport: ['tcp', 'unix', 'nonsense'],
      read_timeout: durations,
      read_header_timeout: durations,
      write_timeout: durations,
      idle_timeout: durations,
      keep_alives_enabled: switches,
      max_request_body_size: counts,
      include_metadata: switches,
      cors: ['{allowed_origins: ["*"]}', '~'],
      response_headers: ['{a: b}'],
      compression_algorithms: ['[gzip]', '[]'],
      sending_queue: ['{}', '~'],
      nonsense: ['1'],
    },
  },
  batch: {
    section: 'processors',
    base: {},
    keys: {
      timeout: durations,
      send_batch_size: counts,
      send_batch_max_size: [...counts, '8192', '10000'],
      metadata_keys: ['[a]', '[]', '[a, A]'],
      metadata_cardinality_limit: counts,
      nonsense: ['1'],
    },
  },
  memory_limiter: {
    section: 'processors',
    base: { check_interval: '1s', limit_mib: '100' },
    keys: {
      check_interval: durations,
      limit_mib: [...counts, '20'],
      spike_limit_mib: [...counts, '99', '101'],
      limit_percentage: [...counts, '101', '50'],
      spike_limit_percentage: [...counts, '101', '50'],
      min_gc_interval_when_soft_limited: durations,
      min_gc_interval_when_hard_limited: durations,
      nonsense: ['1'],
    },
  },
  file_storage: {
    section: 'extensions',
    base: { directory: '/tmp' },
    keys: {
      // What is on the disk, the Collector looks at when it checks, and we at the start: both are there.
      directory: ['/tmp'],
      timeout: durations,
      fsync: switches,
      create_directory: switches,
      directory_permissions: ['"0750"', '"750"', '"0999"', '"7777"'],
      recreate: switches,
      compaction: ['{}', '~', '{nonsense: 1}'],
      'compaction.on_start': ['false', 'maybe'],
      'compaction.on_rebound': ['false', 'maybe'],
      'compaction.directory': ['/tmp'],
      'compaction.max_transaction_size': counts,
      'compaction.rebound_needed_threshold_mib': counts,
      'compaction.rebound_trigger_threshold_mib': counts,
      'compaction.check_interval': durations,
      'compaction.cleanup_on_start': switches,
      nonsense: ['1'],
    },
  },
  health_check: {
    section: 'extensions',
    base: {},
    keys: {
      endpoint: ['"localhost:13133"', '"0.0.0.0:13133"', '":13133"', 'localhost', '""'],
      path: ['/', '/health', 'health', '""'],
      response_body: ['{}', '{healthy: fine, unhealthy: bad}', '{nonsense: 1}'],
      check_collector_pipeline: ['{enabled: false}', '{enabled: true, interval: 5m}'],
      tls: ['{cert_file: a, key_file: b}'],
      nonsense: ['1'],
    },
  },
}

/** One component's section for each value of each key. */
export function* sectionsOf(
  name: string,
): Generator<{ readonly name: string; readonly yaml: string }> {
  const { base, keys } = componentKeys[name] ?? { base: {}, keys: {} }
  for (const [path, values] of Object.entries(keys)) {
    for (const value of new Set([...values, ...odd])) {
      const [first = '', second] = path.split('.')
      const section = second === undefined ? value : `{${second}: ${value}}`
      const all = { ...base, [first]: section }
      const body = Object.entries(all).map(([key, yaml]) => `${key}: ${yaml}`)
      yield { name: `${path}: ${value}`, yaml: `{${body.join(', ')}}` }
    }
  }
}
