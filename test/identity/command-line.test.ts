import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactCommandLine } from '../../src/identity/command-line.ts'

const R = '[REDACTED]'
const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N`
const githubToken = `ghp_16C7e42F292c6912E7710c838347Ae178B4a`
const awsKey = `AKIAIOSFODNN7EXAMPLE`

/** Each argument, then what is shown of the whole. */
const lines: readonly (readonly [args: readonly string[], shown: string])[] = [
  // What has no secret stays as it is.
  [['/usr/sbin/nginx', '-g', 'daemon off;'], '/usr/sbin/nginx -g daemon off;'],
  [['nginx', '-p', '/srv/www', '-c', 'nginx.conf'], 'nginx -p /srv/www -c nginx.conf'],
  [
    ['java', '-Xmx2g', '-jar', 'app.jar', '--server.port=8080'],
    'java -Xmx2g -jar app.jar --server.port=8080',
  ],
  [['ssh', '-p', '2222', 'git@github.com'], 'ssh -p 2222 git@github.com'],
  [
    ['docker', 'run', '-p8080:80', '-u', '1000:1000', 'nginx:1.25'],
    `docker run -p${R} -u 1000:1000 nginx:1.25`,
  ],
  [
    ['kubelet', '--config=/var/lib/kubelet/config.yaml', '--node-ip=10.0.0.1'],
    'kubelet --config=/var/lib/kubelet/config.yaml --node-ip=10.0.0.1',
  ],
  [
    ['prometheus', '--web.listen-address=:9090', '--storage.tsdb.path=/data'],
    'prometheus --web.listen-address=:9090 --storage.tsdb.path=/data',
  ],
  [['python3', '-m', 'http.server', '-p', '8000'], 'python3 -m http.server -p 8000'],
  [['server', '-port=80', '-profile', 'dev'], 'server -port=80 -profile dev'],
  [
    ['containerd-shim-runc-v2', '-namespace', 'moby', '-id', 'ab'.repeat(32)],
    `containerd-shim-runc-v2 -namespace moby -id ${'ab'.repeat(32)}`,
  ],
  [['postgres: writer process'], 'postgres: writer process'],
  [['curl', 'https://example.com/a/b'], 'curl https://example.com/a/b'],
  [['node', 'token-server.js', '--name', 'a'], 'node token-server.js --name a'],
  [['podman', 'run', 'nginx:1.25@sha256:abcdef'], 'podman run nginx:1.25@sha256:abcdef'],
  // Databases.
  [['mysql', '-uroot', '-pS3cret', 'shop'], `mysql -uroot -p${R} shop`],
  [['mysql', '-h', 'db', '-P', '3306', '-p12345'], `mysql -h db -P 3306 -p${R}`],
  [
    ['mysqldump', '--user=root', '--password=S3cret', '--all-databases'],
    `mysqldump --user=root --password=${R} --all-databases`,
  ],
  [['mariadb', '--password', 'S3cret', 'shop'], `mariadb --password ${R} shop`],
  [
    ['psql', 'postgresql://app:S3cret@db:5432/shop?sslmode=require'],
    `psql postgresql://${R}@db:5432/shop?${R}`,
  ],
  [['psql', 'postgres://app:p/S3cret@db/shop'], `psql postgres://${R}@db/shop`],
  [
    ['psql', 'host=db user=app password=S3cret dbname=shop'],
    `psql host=db user=app password=${R} dbname=shop`,
  ],
  [['env', 'PGPASSWORD=S3cret', 'psql', '-h', 'db'], `env PGPASSWORD=${R} psql -h db`],
  [
    ['pg_basebackup', '-d', "host=db password='S3cret word' port=1"],
    `pg_basebackup -d host=db password=${R} port=1`,
  ],
  [['redis-cli', '-h', 'cache', '-a', 'S3cret'], `redis-cli -h cache -a ${R}`],
  [['redis-cli', '--pass', 'S3cret', 'ping'], `redis-cli --pass ${R} ping`],
  [['redis-server', '--requirepass', 'S3cret'], `redis-server --requirepass ${R}`],
  [
    ['redis-cli', 'config', 'set', 'requirepass', 'S3cret'],
    `redis-cli config set requirepass ${R}`,
  ],
  [['celery', '-b', 'redis://:S3cret@cache:6379/0'], `celery -b redis://${R}@cache:6379/0`],
  [['celery', '-b', 'amqp://guest:S3cret@mq//'], `celery -b amqp://${R}@mq//`],
  [
    ['mongod', '--keyFile', '/k', 'mongodb+srv://u:S3cret@c.example/db'],
    `mongod --keyFile /k mongodb+srv://${R}@c.example/db`,
  ],
  [['mongosh', '-u', 'admin', '-p', '123456'], `mongosh -u admin -p ${R}`],
  [['sqlcmd', '-S', 'db', '-U', 'sa', '-P', '12345678'], `sqlcmd -S db -U sa -P ${R}`],
  [
    ['app', 'Server=db;Database=shop;User Id=sa;Password=S3cret;Encrypt=true'],
    `app Server=db;Database=shop;User Id=sa;Password=${R};Encrypt=true`,
  ],
  [
    ['app', 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=S3cret==;EndpointSuffix=x'],
    `app DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${R};EndpointSuffix=x`,
  ],
  [
    ['clickhouse-client', '--host', 'ch', '--password', 'S3cret'],
    `clickhouse-client --host ch --password ${R}`,
  ],
  // The web.
  [['curl', '-u', 'admin:S3cret', 'http://a/'], `curl -u admin:${R} http://a/`],
  [['curl', '-uadmin:S3cret', 'http://a/'], `curl -uadmin:${R} http://a/`],
  [['curl', '--user', 'admin:S3cret', 'http://a/'], `curl --user admin:${R} http://a/`],
  [['curl', '--proxy-user=me:S3cret', 'http://a/'], `curl --proxy-user=me:${R} http://a/`],
  [
    ['curl', '-H', 'Authorization: Bearer S3cret', 'http://a/'],
    `curl -H Authorization: ${R} http://a/`,
  ],
  [
    ['curl', '-HAuthorization: Basic UzNjcmV0', 'http://a/'],
    `curl -HAuthorization: ${R} http://a/`,
  ],
  [
    ['curl', '-H', 'X-Api-Key: S3cret', '-H', 'Accept: text/html'],
    `curl -H X-Api-Key: ${R} -H Accept: text/html`,
  ],
  [['curl', '-H', 'Cookie: session=S3cret; theme=dark'], `curl -H Cookie: ${R}`],
  [['curl', '-d', '{"user":"a","password":"S3cret word"}'], `curl -d {"user":"a","password":${R}}`],
  [['curl', 'https://a/hook?key=S3cret'], `curl https://a/hook?${R}`],
  [['wget', '--http-password=S3cret', 'http://a/'], `wget --http-password=${R} http://a/`],
  [
    ['git', 'clone', 'https://me:S3cret@git.example/a.git'],
    `git clone https://${R}@git.example/a.git`,
  ],
  [['sshpass', '-p', '12345', 'ssh', '-p', '22', 'a@b'], `sshpass -p ${R} ssh -p ${R} a@b`],
  [['sshpass', '-pS3cret', 'ssh', 'a@b'], `sshpass -p${R} ssh a@b`],
  [['rsync', 'backup:S3cret@host::module', '/srv'], `rsync backup:${R}@host::module /srv`],
  // Clouds and clusters.
  [
    ['aws', 'configure', 'set', 'aws_secret_access_key', 'S3cret/key'],
    `aws configure set aws_secret_access_key ${R}`,
  ],
  [
    ['env', `AWS_ACCESS_KEY_ID=${awsKey}`, 'AWS_SECRET_ACCESS_KEY=S3cret', 'aws', 's3', 'ls'],
    `env AWS_ACCESS_KEY_ID=${R} AWS_SECRET_ACCESS_KEY=${R} aws s3 ls`,
  ],
  [['s3tool', awsKey], `s3tool ${R}`],
  [['kubectl', '--token=S3cret', 'get', 'pods'], `kubectl --token=${R} get pods`],
  [
    ['kubectl', 'create', 'generic', '--from-literal=password=S3cret'],
    `kubectl create generic --from-literal=password=${R}`,
  ],
  [['docker', 'login', '-u', 'me', '-p', 'S3cret'], `docker login -u me -p ${R}`],
  [['docker', 'run', '-e', 'DB_PASSWORD=S3cret', 'app'], `docker run -e DB_PASSWORD=${R} app`],
  [['docker', 'run', '--env=API_TOKEN=S3cret', 'app'], `docker run --env=API_TOKEN=${R} app`],
  [
    ['helm', 'install', '--set', 'auth.password=S3cret,replicas=2', 'x'],
    `helm install --set auth.password=${R} x`,
  ],
  [
    ['az', 'login', '--service-principal', '--client-secret', 'S3cret'],
    `az login --service-principal --client-secret ${R}`,
  ],
  [
    ['gcloud', '--access-token-file', '/t', 'AIzaSyA1234567890abcdefghijklmnopqrstuv'],
    `gcloud --access-token-file ${R} ${R}`,
  ],
  [['vault', 'login', '-method=token', 'token=S3cret'], `vault login -method=token token=${R}`],
  [['gh', 'auth', githubToken], `gh auth ${R}`],
  [
    ['npm', '--//registry.npmjs.org/:_authToken=S3cret', 'publish'],
    `npm --//registry.npmjs.org/:_authToken=${R} publish`,
  ],
  [['slackcat', `xoxb-1234567890-abcdefghij`], `slackcat ${R}`],
  [['stripe', '--api-key', `sk_test_4eC39HqLyjWDarjtT1zdp7dc`], `stripe --api-key ${R}`],
  // Services.
  [
    ['java', '-Dspring.datasource.password=S3cret', '-jar', 'a.jar'],
    `java -Dspring.datasource.password=${R} -jar a.jar`,
  ],
  [
    ['java', '-Djavax.net.ssl.keyStorePassword=S3cret', '-jar', 'a.jar'],
    `java -Djavax.net.ssl.keyStorePassword=${R} -jar a.jar`,
  ],
  [
    ['keytool', '-storepass', 'S3cret', '-keypass', 'S3cret2'],
    `keytool -storepass ${R} -keypass ${R}`,
  ],
  [
    ['openssl', 'rsa', '-passin', 'pass:S3cret', '-in', 'k.pem'],
    `openssl rsa -passin ${R} -in k.pem`,
  ],
  [['gpg', '--batch', '--passphrase', 'S3cret', '-d', 'x'], `gpg --batch --passphrase ${R} -d x`],
  [['ldapsearch', '-D', 'cn=admin', '-w', 'S3cret'], `ldapsearch -D cn=admin -w ${R}`],
  [['snmpwalk', '-v2c', '-c', 'S3cret', '10.0.0.1'], `snmpwalk -v2c -c ${R} 10.0.0.1`],
  [['smbclient', '-U', 'me%S3cret', '//a/b'], `smbclient -U me%${R} //a/b`],
  [['mosquitto_sub', '-u', 'me', '-P', '12345', '-t', 'x'], `mosquitto_sub -u me -P ${R} -t x`],
  [['zip', '-P', 'S3cret', 'a.zip', 'a'], `zip -P ${R} a.zip a`],
  [['7z', 'x', '-pS3cret', 'a.7z'], `7z x -p${R} a.7z`],
  [
    ['otelcol', '--set=exporters.otlp.headers.authorization=S3cret'],
    `otelcol --set=exporters.otlp.headers.authorization=${R}`,
  ],
  [['app', '--jwt', jwt], `app --jwt ${R}`],
  [['app', jwt], `app ${R}`],
  [['app', '--no-password', '--password', 'S3cret'], `app --no-password ${R} ${R}`],
  [['app', '-----BEGIN RSA PRIVATE KEY-----\nS3cret\n-----END RSA PRIVATE KEY-----'], `app ${R}`],
  // Scripts, and titles that a process wrote over its arguments.
  [['sh', '-c', 'PGPASSWORD=S3cret psql -h db'], `sh -c PGPASSWORD=${R}`],
  [
    ['bash', '-c', 'mysql -uroot -pS3cret shop < a.sql'],
    `bash -c mysql -uroot -p${R} shop < a.sql`,
  ],
  [
    ['sh', '-c', 'exec app --password S3cret --port 80'],
    `sh -c exec app --password ${R} --port 80`,
  ],
  [
    ['sh', '-c', 'curl -H "Authorization: Bearer S3cret" http://a/'],
    `sh -c curl -H "Authorization: ${R}" http://a/`,
  ],
  [['worker --token S3cret --queue a'], `worker --token ${R} --queue a`],
  [[], ''],
  [[''], ''],
]

test('there are more than sixty command lines', () => {
  expect(lines.length).toBeGreaterThan(60)
})

test.each(lines)('%j is shown as %s', (args, shown) => {
  expect(redactCommandLine(args)).toBe(shown)
  expect(shown).not.toContain('S3cret')
})

test('patterns of the configuration hide more, each time that they match', () => {
  const patterns = [/cust-\d+/g, /(?<=--tenant )\S+/g]
  const args = ['app', 'cust-12', '--tenant', 'acme', 'cust-345']
  expect(redactCommandLine(args, patterns)).toBe(`app ${R} --tenant ${R} ${R}`)
})

const secret = fc
  .string({
    unit: fc.constantFrom(
      'a',
      'b',
      'c',
      'X',
      'Y',
      'Z',
      '0',
      '1',
      '2',
      '_',
      '+',
      '!',
      '#',
      '%',
      '^',
      '*',
    ),
    minLength: 6,
    maxLength: 40,
  })
  .map((text) => `Q7z${text}`)
const name = fc.constantFrom(
  'password',
  'db-password',
  'api_key',
  'client.secret',
  'AuthToken',
  'passphrase',
)
const other = fc.array(
  fc.string({ maxLength: 12 }).filter((text) => !text.startsWith('-')),
  { maxLength: 4 },
)

test('a secret behind its name is never shown, whatever stands around it', () => {
  const forms = [
    (key: string, value: string) => [`--${key}=${value}`],
    (key: string, value: string) => [`--${key}`, value],
    (key: string, value: string) => [`-${key}`, value],
    (key: string, value: string) => [`${key}=${value}`],
    (key: string, value: string) => [`-e`, `${key.toUpperCase()}=${value}`],
    (key: string, value: string) => [`{"${key}":"${value}"}`],
    (key: string, value: string) => [`x=1;${key}=${value}`],
    (_: string, value: string) => [`http://user:${encodeURIComponent(value)}@host/`],
    (_: string, value: string) => ['-H', `Authorization: Bearer ${value}`],
    (_: string, value: string) => [`-p${value}`],
  ]
  fc.assert(
    fc.property(
      other,
      name,
      secret,
      fc.constantFrom(...forms),
      other,
      (before, key, value, form, after) => {
        const shown = redactCommandLine(['app', ...before, ...form(key, value), ...after])
        expect(shown).not.toContain(value)
        expect(shown).not.toContain(encodeURIComponent(value))
      },
    ),
  )
})

test('any arguments are taken, the longest and most repetitive too', () => {
  const pieces = [
    'a',
    '-',
    '=',
    ':',
    '/',
    '@',
    ' ',
    '"',
    'token',
    'pass',
    '://',
    'x-',
    'eyJ',
    '.',
    '-----BEGIN PRIVATE KEY-----',
  ]
  for (const one of pieces) {
    for (const two of pieces) {
      const word = (one + two).repeat(2048 / (one + two).length)
      expect(redactCommandLine([word, word]).length).toBeGreaterThan(0)
    }
  }
  fc.assert(
    fc.property(fc.array(fc.string()), (args) => typeof redactCommandLine(args) === 'string'),
  )
})
