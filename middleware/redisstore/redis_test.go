package redisstore_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/sealedauth/auth/middleware/redisstore"
)

// The tests need a real Redis: what they are about is scripts, leases and what
// becomes of both when a server or an instance dies.

// role is the environment variable that makes this test binary another program:
// a second operating-system process of the application.
const role = "REDISSTORE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "instance":
		instance()
	case "holder":
		holder()
	default:
		redis.SetLogger(&logging.VoidLogger{}) // it tells of each server that is down, which these tests are about
		os.Exit(m.Run())
	}
}

// server is a Redis server of one test.
type server struct {
	t    *testing.T
	addr string
	args []string

	guard   *exec.Cmd // ends the server when the test ends, however it does
	release io.Closer
	process *os.Process
}

// startRedis starts a server that ends with the test.
func startRedis(t *testing.T, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("redis-server is not installed; run: apt-get install redis-server (make redis does)")
	}
	s := &server{t: t, addr: freeAddr(t), args: args}
	s.start()
	t.Cleanup(func() { s.kill() })
	return s
}

// freeAddr returns a loopback address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the server, empty, and waits until it answers.
func (s *server) start() {
	s.t.Helper()
	_, port, _ := strings.Cut(s.addr, ":")
	s.guard = exec.Command("sh", append([]string{"-c", `redis-server "$@" >&2 & echo $!; read -r _; kill -9 $!`, "sh",
		"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", s.t.TempDir(), "--loglevel", "warning",
	}, s.args...)...)
	var said string
	s.release, said = launch(s.t, s.guard)
	pid, err := strconv.Atoi(said)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.process, err = os.FindProcess(pid); err != nil {
		s.t.Fatal(err)
	}
	client := s.client()
	eventually(s.t, "redis-server answers", func() bool { return client.Ping(context.Background()).Err() == nil })
}

// kill ends the server as a crash does.
func (s *server) kill() {
	_ = s.process.Kill()
	_ = s.release.Close()
	_ = s.guard.Wait()
}

// launch starts a program that ends when its input does, and returns the input and
// the first line that it says.
func launch(t *testing.T, cmd *exec.Cmd) (input io.Closer, said string) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if input, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		t.Fatalf("%s did not start: %v\n%v", cmd, err, cmd.Stderr)
	}
	return input, strings.TrimSpace(said)
}

// client returns a client that tries everything twice.
func (s *server) client(change ...func(*redis.Options)) *redis.Client {
	o := &redis.Options{Addr: s.addr, MaxRetries: 1, DialerRetries: 1, ContextTimeoutEnabled: true}
	for _, c := range change {
		c(o)
	}
	client := redis.NewClient(o)
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}

// store returns a store with a client of its own, as another instance has one.
func (s *server) store(options ...redisstore.Option) *redisstore.Store {
	return redisstore.New(s.client(), append([]redisstore.Option{redisstore.WithPoll(5 * time.Millisecond)}, options...)...)
}

// impatient makes a client wait 300 ms for an answer.
func impatient(o *redis.Options) { o.ReadTimeout = 300 * time.Millisecond }

// keys returns all keys on the server.
func (s *server) keys() []string {
	s.t.Helper()
	keys, err := s.client().Keys(context.Background(), "*").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	return keys
}

// pause stops the server without closing its connections, as a network that
// swallows everything does.
func (s *server) pause()  { _ = s.process.Signal(syscall.SIGSTOP) }
func (s *server) resume() { _ = s.process.Signal(syscall.SIGCONT) }

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
	}
}

// process is this test binary in another role.
type process struct {
	cmd  *exec.Cmd
	said string // its first line
	log  output
}

// start runs the test binary in a role until the test ends, and waits for its
// first line.
func start(t *testing.T, as string, env ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), append([]string{role + "=" + as}, env...)...)
	p.cmd.Stderr = &p.log
	_, p.said = launch(t, p.cmd)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("log of the %s:\n%s", as, p.log.String())
		}
	})
	return p
}

// kill ends the process with SIGKILL.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// untilOrphaned returns when the process that started this one has gone.
func untilOrphaned() { _, _ = bufio.NewReader(os.Stdin).ReadByte() }

// output keeps what a program prints.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// goroutines returns those that are in a function of the store, other than the
// callers of Once.
func goroutines() (found []string) {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, g := range strings.Split(string(stacks), "\n\n") {
		if strings.Contains(g, "redisstore.(*turn).hold") {
			found = append(found, g)
		}
	}
	return found
}

func itoa(n int) string { return strconv.Itoa(n) }
