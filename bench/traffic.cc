// SPDX-License-Identifier: Apache-2.0
// Traffic over loopback for the benchmarks, cheap enough not to be what is measured.
//   traffic churn COUNT RATE INFLIGHT   short connections: 100 bytes there and back, the client
//   closes first; RATE 0: as fast as possible traffic idle COUNT                  opens COUNT
//   connections, prints a line, holds them until stdin ends traffic stream BYTES                one
//   connection, one direction
// Prints one JSON object a line. Needs a network namespace of its own: it uses fixed ports from
// 7000.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

constexpr int kPort = 7000;
constexpr long kPerAddress =
    20000;  // then the next of 127.0.0.1 and up: room for ports in TIME_WAIT
constexpr size_t kMessage = 100;
constexpr long kIdlePerProcess = 15000;  // a process may be limited to 20,000 descriptors
char message[kMessage];

[[noreturn]] void Die(const char* what) {
  perror(what);
  _exit(1);
}

int Checked(int result, const char* what) {
  if (result < 0) Die(what);
  return result;
}

double Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// User and system time of this process, or of the children that it has waited for.
double Cpu(int who) {
  rusage used{};
  getrusage(who, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

sockaddr_in Address(uint32_t host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(host);
  return address;
}

sockaddr_in Destination(long number, int port) {
  return Address(INADDR_LOOPBACK + static_cast<uint32_t>(number / kPerAddress), port);
}

int Listen(int port) {
  const int listener = Checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = Address(INADDR_ANY, port);
  Checked(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  Checked(listen(listener, 4096), "listen");
  return listener;
}

void Watch(int epoll, int descriptor, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  Checked(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

// A child that ends with its parent, however that one ends.
pid_t Fork() {
  const pid_t parent = getpid();
  const pid_t child = Checked(fork(), "fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
  }
  return child;
}

void AwaitEnd(pid_t server) {
  int status = 0;
  waitpid(server, &status, 0);
  if (status == 0) return;
  fprintf(stderr, "the server ended with status %#x\n", static_cast<unsigned>(status));
  exit(1);
}

// Answers each message, closes when the client has; ends after `count` connections.
[[noreturn]] void ServeChurn(int listener, long count) {
  const int epoll = Checked(epoll_create1(0), "epoll_create1");
  fcntl(listener, F_SETFL, O_NONBLOCK);
  Watch(epoll, listener, EPOLLIN);
  std::vector<epoll_event> events(512);
  char buffer[4096];
  while (count > 0) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int at = 0; at < ready; at++) {
      const int from = events[at].data.fd;
      if (from == listener) {
        for (int accepted; (accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;)
          Watch(epoll, accepted, EPOLLIN);
        continue;
      }
      const ssize_t received = recv(from, buffer, sizeof buffer, 0);
      if (received > 0) {
        if (send(from, message, kMessage, MSG_NOSIGNAL) < 0) perror("send");
      } else if (received == 0 || errno != EAGAIN) {
        close(from);
        count--;
      }
    }
  }
  _exit(0);
}

struct Churn {
  long count, rate, inflight;
  long begun = 0, ended = 0, failed = 0;
  int epoll = Checked(epoll_create1(0), "epoll_create1");
  double start = Now();

  bool IsDue() const {
    if (begun == count || begun - ended >= inflight) return false;
    return rate == 0 || static_cast<double>(begun) < (Now() - start) * static_cast<double>(rate);
  }

  void Begin() {
    const int client = Checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    const sockaddr_in address = Destination(begun++, kPort);
    if (connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 &&
        errno != EINPROGRESS)
      return Finish(client, true);
    Watch(epoll, client, EPOLLOUT);
  }

  void Advance(const epoll_event& event) {
    const int client = event.data.fd;
    char buffer[kMessage];
    if (event.events & EPOLLOUT) {
      if (send(client, message, kMessage, MSG_NOSIGNAL) < 0) return Finish(client, true);
      epoll_event next{};
      next.events = EPOLLIN;
      next.data.fd = client;
      epoll_ctl(epoll, EPOLL_CTL_MOD, client, &next);
    } else {
      Finish(client, recv(client, buffer, sizeof buffer, 0) <= 0);
    }
  }

  void Finish(int client, bool has_failed) {
    if (has_failed && failed < 5) perror("a connection failed");
    close(client);
    ended++;
    failed += has_failed ? 1 : 0;
  }
};

void RunChurn(long count, long rate, long inflight) {
  const int listener = Listen(kPort);
  const pid_t server = Fork();
  if (server == 0) ServeChurn(listener, count);
  close(listener);

  Churn churn{count, rate, inflight};
  std::vector<epoll_event> events(512);
  while (churn.ended < count) {
    while (churn.IsDue()) churn.Begin();
    const bool is_waiting_for_time = rate != 0 && churn.begun < count;
    const int ready = epoll_wait(churn.epoll, events.data(), static_cast<int>(events.size()),
                                 is_waiting_for_time ? 1 : -1);
    for (int at = 0; at < ready; at++) churn.Advance(events[at]);
  }
  const double seconds = Now() - churn.start;
  AwaitEnd(server);
  printf("{\"connections\":%ld,\"failed\":%ld,\"seconds\":%.6f}\n", churn.ended, churn.failed,
         seconds);
}

[[noreturn]] void HoldServer(int listener, long count, int ready) {
  for (long held = 0; held < count; held++) Checked(accept(listener, nullptr, nullptr), "accept");
  if (write(ready, "s", 1) != 1) Die("write");
  for (;;) pause();
}

[[noreturn]] void HoldClient(int port, long count, int ready) {
  for (long held = 0; held < count; held++) {
    const int client = Checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    const sockaddr_in address = Destination(held, port);
    Checked(connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address),
            "connect");
  }
  if (write(ready, "c", 1) != 1) Die("write");
  for (;;) pause();
}

void RunIdle(long count) {
  int ready[2];
  Checked(pipe(ready), "pipe");
  std::vector<pid_t> children;
  for (long left = count; left > 0; left -= kIdlePerProcess) {
    const long held = std::min(left, kIdlePerProcess);
    const int port = kPort + static_cast<int>(children.size());
    const int listener = Listen(port);
    children.push_back(Fork());
    if (children.back() == 0) HoldServer(listener, held, ready[1]);
    close(listener);
    children.push_back(Fork());
    if (children.back() == 0) HoldClient(port, held, ready[1]);
  }
  close(ready[1]);
  char byte = 0;
  for (size_t at = 0; at < children.size(); at++)
    if (read(ready[0], &byte, 1) != 1) Die("a child ended early");
  printf("{\"connections\":%ld}\n", count);
  fflush(stdout);
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  for (const pid_t child : children) kill(child, SIGKILL);
  for (const pid_t child : children) waitpid(child, nullptr, 0);
}

void RunStream(long bytes) {
  std::vector<char> buffer(1 << 20);
  const int listener = Listen(kPort);
  const pid_t server = Fork();
  if (server == 0) {
    const int accepted = Checked(accept(listener, nullptr, nullptr), "accept");
    while (recv(accepted, buffer.data(), buffer.size(), 0) > 0) continue;
    _exit(0);
  }
  const int client = Checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  const sockaddr_in address = Destination(0, kPort);
  Checked(connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  const double start = Now();
  for (long left = bytes; left > 0;) {
    const ssize_t sent =
        send(client, buffer.data(), std::min<size_t>(buffer.size(), left), MSG_NOSIGNAL);
    if (sent < 0) Die("send");
    left -= sent;
  }
  shutdown(client, SHUT_WR);
  AwaitEnd(server);
  printf("{\"bytes\":%ld,\"seconds\":%.6f}\n", bytes, Now() - start);
}

// One request after the other over one connection, each answered at once.
void RunExchanges(long count) {
  const int listener = Listen(kPort);
  const pid_t server = Checked(fork(), "fork");
  char buffer[kMessage];
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int end = Checked(accept(listener, nullptr, nullptr), "accept");
    const int on = 1;
    setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (recv(end, buffer, sizeof buffer, MSG_WAITALL) == sizeof buffer)
      Checked(static_cast<int>(send(end, buffer, sizeof buffer, 0)), "send");
    _exit(0);
  }
  const int end = Checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  const sockaddr_in address = Address(INADDR_LOOPBACK, kPort);
  Checked(connect(end, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  const int on = 1;
  setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const double begin = Now();
  const double cpu = Cpu(RUSAGE_SELF);
  for (long number = 0; number < count; number++) {
    Checked(static_cast<int>(send(end, message, sizeof message, 0)), "send");
    if (recv(end, buffer, sizeof buffer, MSG_WAITALL) != sizeof buffer) Die("recv");
  }
  const double seconds = Now() - begin;
  const double own_cpu = Cpu(RUSAGE_SELF) - cpu;
  close(end);
  waitpid(server, nullptr, 0);
  printf("{\"exchanges\": %ld, \"seconds\": %.6f, \"cpuSeconds\": %.6f}\n", count, seconds,
         own_cpu + Cpu(RUSAGE_CHILDREN));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const auto number = [&](int at) { return argc > at ? strtol(argv[at], nullptr, 10) : 0; };
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (mode == "churn" && argc == 5) {
    RunChurn(number(2), number(3), number(4));
  } else if (mode == "idle" && argc == 3) {
    RunIdle(number(2));
  } else if (mode == "exchange" && argc == 3) {
    RunExchanges(number(2));
  } else if (mode == "stream" && argc == 3) {
    RunStream(number(2));
  } else {
    fputs("usage: traffic churn COUNT RATE INFLIGHT | idle COUNT | stream BYTES | exchange COUNT\n",
          stderr);
    return 1;
  }
  return 0;
}
