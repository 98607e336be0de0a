/** Answers as the head of each request asks; says `ready` once it listens. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { headBytes, readHead } from './head.ts'
import { ports } from './plan.ts'

/** On one connection several requests may follow each other. */
function serve(socket: Socket): void {
  let waiting = Buffer.alloc(0)
  socket.on('data', (part) => {
    waiting = Buffer.concat([waiting, part])
    while (waiting.length >= headBytes) {
      const { request, answer, ending } = readHead(waiting)
      if (waiting.length < request) return
      waiting = waiting.subarray(request)
      if (ending === 'server-reset') socket.resetAndDestroy()
      else if (ending === 'server') socket.end(Buffer.alloc(answer))
      else if (answer > 0) socket.write(Buffer.alloc(answer))
    }
  })
  // A client that resets: that is its part.
  socket.on('error', () => {})
}

for (const port of [ports.short, ports.open, ports.older, ports.late]) {
  const server = createServer(serve).listen({ port, host: '::', backlog: 511 })
  await once(server, 'listening')
}
console.log('ready')
