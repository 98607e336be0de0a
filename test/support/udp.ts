/** A new socket, in Python. */
export const udp = (family: 'AF_INET' | 'AF_INET6'): string =>
  `socket.socket(socket.${family}, socket.SOCK_DGRAM)`
