import { expect, test } from 'vitest'
import { proxyFault, proxyFromEnvironment } from '../../../../src/exporter/wire/http/proxy.ts'

const proxyOf = (url: string, env: Record<string, string>) =>
  proxyFromEnvironment(new URL(url), env)?.href

test.each([
  { url: 'http://a.b', env: {}, proxy: undefined },
  { url: 'http://a.b', env: { HTTP_PROXY: 'http://p:1' }, proxy: 'http://p:1/' },
  { url: 'http://a.b', env: { http_proxy: 'http://p:1' }, proxy: 'http://p:1/' },
  {
    url: 'http://a.b',
    env: { HTTP_PROXY: 'http://p:1', http_proxy: 'http://q:1' },
    proxy: 'http://p:1/',
  },
  { url: 'http://a.b', env: { HTTP_PROXY: '', http_proxy: 'http://q:1' }, proxy: 'http://q:1/' },
  { url: 'http://a.b', env: { HTTPS_PROXY: 'http://p:1' }, proxy: undefined },
  { url: 'https://a.b', env: { HTTPS_PROXY: 'http://p:1' }, proxy: 'http://p:1/' },
  { url: 'https://a.b', env: { HTTP_PROXY: 'http://p:1' }, proxy: undefined },
  { url: 'https://a.b', env: { https_proxy: 'p:3128' }, proxy: 'http://p:3128/' },
  { url: 'https://a.b', env: { https_proxy: 'p' }, proxy: 'http://p/' },
  { url: 'https://a.b', env: { https_proxy: 'https://u:p@p' }, proxy: 'https://u:p@p/' },
  { url: 'http://a.b', env: { ALL_PROXY: 'http://p:1' }, proxy: undefined },
  { url: 'http://a.b', env: { HTTP_PROXY: 'http://p:1', REQUEST_METHOD: 'GET' }, proxy: undefined },
])('$url with $env goes through $proxy, as in Go', ({ url, env, proxy }) => {
  expect(proxyOf(url, env)).toBe(proxy)
})

test.each(['localhost', 'LOCALHOST:80', '127.0.0.1', '127.1.2.3', '[::1]:4318'])(
  'this host (%s) has no proxy',
  (host) => {
    expect(proxyOf(`http://${host}`, { HTTP_PROXY: 'http://p:1' })).toBeUndefined()
  },
)

// As golang.org/x/net/http/httpproxy documents NO_PROXY.
test.each([
  { list: '*', host: 'a.b', isDirect: true },
  { list: '', host: 'a.b', isDirect: false },
  { list: 'x, ,*', host: 'a.b', isDirect: true },
  { list: 'example.com', host: 'example.com', isDirect: true },
  { list: 'example.com', host: 'EXAMPLE.com', isDirect: true },
  { list: 'EXAMPLE.com', host: 'www.example.com', isDirect: true },
  { list: 'example.com', host: 'notexample.com', isDirect: false },
  { list: '.example.com', host: 'example.com', isDirect: false },
  { list: '.example.com', host: 'www.example.com', isDirect: true },
  { list: '*.example.com', host: 'example.com', isDirect: false },
  { list: '*.example.com', host: 'a.www.example.com', isDirect: true },
  { list: 'example.com:80', host: 'example.com', isDirect: true },
  { list: 'example.com:80', host: 'example.com:8080', isDirect: false },
  { list: 'example.com:8080', host: 'www.example.com:8080', isDirect: true },
  { list: ' a , b.c ', host: 'b.c', isDirect: true },
  { list: '10.0.0.1', host: '10.0.0.1', isDirect: true },
  { list: '10.0.0.1', host: '10.0.0.2', isDirect: false },
  { list: '10.0.0.1:81', host: '10.0.0.1', isDirect: false },
  { list: '10.0.0.0/8', host: '10.200.3.4', isDirect: true },
  { list: '10.0.0.0/8', host: '11.0.0.1', isDirect: false },
  { list: '10.0.0.0/33', host: '10.0.0.1', isDirect: false },
  { list: '10.0.0.0/8', host: 'ten.example', isDirect: false },
  { list: '2001:db8::1', host: '[2001:db8::1]', isDirect: true },
  { list: '[2001:db8::1]:80', host: '[2001:DB8:0::1]', isDirect: true },
  { list: '[2001:db8::1]:81', host: '[2001:db8::1]', isDirect: false },
  { list: '2001:db8::/32', host: '[2001:db8:1::7]', isDirect: true },
])('NO_PROXY=$list and $host: direct is $isDirect', ({ list, host, isDirect }) => {
  const proxy = proxyOf(`http://${host}`, { HTTP_PROXY: 'http://p:1', no_proxy: list })
  expect(proxy === undefined).toBe(isDirect)
})

test.each(['http://p:1', 'HTTPS://u:p@p'])('%s is a proxy', (url) => {
  expect(proxyFault(url)).toBeUndefined()
})

test.each([
  { url: 'socks5h://p:1', fault: /^SOCKS/ },
  { url: 'p:1', fault: /^not a URL of a proxy/ },
  { url: 'ftp://p', fault: /^not a URL of a proxy/ },
  { url: 'http://', fault: /^not a URL of a proxy/ },
])('$url is no proxy', ({ url, fault }) => {
  expect(proxyFault(url)).toMatch(fault)
})
