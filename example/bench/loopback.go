package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sealedauth/auth/example/bench/contender"
)

// server is a process that is measured.
type server struct {
	greeting
	pid  int
	stop func()
}

// loopback measures GET /auth/session of the kit and of @auth/express, each with one
// processor, and returns a table.
func loopback(folder string, rounds int) (table, error) {
	servers := map[string]*server{}
	for _, role := range []string{serveKit, serveWriting, serveExpress} {
		s, err := start(role, folder)
		if err != nil {
			return table{}, fmt.Errorf("%s: %w", role, err)
		}
		defer s.stop()
		servers[role] = s
	}
	all := map[string]map[string]*rates{}
	for range rounds {
		for _, size := range contender.Sizes() {
			for role, s := range servers {
				if all[role] == nil {
					all[role] = map[string]*rates{}
				}
				if all[role][size.Name] == nil {
					all[role][size.Name] = new(rates)
				}
				if err := all[role][size.Name].measure(s, size.Name); err != nil {
					return table{}, fmt.Errorf("%s: %w", role, err)
				}
			}
		}
	}
	return sessionTable(all), nil
}

// sessionTable compares what was measured.
func sessionTable(all map[string]map[string]*rates) table {
	compare := func(role string, of func(*rates) []float64) [3]float64 {
		return forSizes(func(size string) float64 {
			a, b := of(all[role][size]), of(all[serveExpress][size])
			ratios := make([]float64, len(a))
			for i := range a {
				ratios[i] = a[i] / b[i]
			}
			return median(ratios)
		})
	}
	target := [3]float64{35, 25, 15}
	wall := func(r *rates) []float64 { return r.wall }
	processor := func(r *rates) []float64 { return r.processor }
	t := goalTable("GET /auth/session over the loopback, against @auth/express", []goal{
		{"requests in a second, the cookie written each time as there", true, "%.0f", target, compare(serveWriting, wall)},
		{"the same for a second of the server's processor", true, "%.0f", target, compare(serveWriting, processor)},
		{"requests in a second, by default", true, "%.0f", target, compare(serveKit, wall)},
		{"the same for a second of the server's processor", true, "%.0f", target, compare(serveKit, processor)},
	})
	for _, role := range []string{serveKit, serveWriting, serveExpress} {
		t.rows = append(t.rows, []string{
			"for comparison: " + role + ", requests in a second on the wall (of its processor)", "",
			three("%.0f", forSizes(func(s string) float64 { return median(all[role][s].wall) })) + " (" +
				three("%.0f", forSizes(func(s string) float64 { return median(all[role][s].processor) })) + ")", "",
		})
	}
	return t
}

// start runs a server on the first processor, if that can be chosen here.
func start(role, folder string) (*server, error) {
	cmd, err := command(role, folder)
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{pid: cmd.Process.Pid, stop: func() { _, _ = in.Close(), cmd.Wait() }}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, json.Unmarshal([]byte(line), &s.greeting)
}

func command(role, folder string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{self, "-serve", role}
	if role == serveExpress {
		args = []string{"node", filepath.Join(folder, "express.mjs")}
	}
	if taskset, err := exec.LookPath("taskset"); err == nil {
		args = append([]string{taskset, "-c", "0"}, args...)
	}
	contents, err := firstSessions()
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec // this program itself, or node; ends with its input
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "NODE_ENV=production", "SESSIONS="+contents)
	cmd.Stderr = os.Stderr
	return cmd, err
}

// firstSessions returns the first session of each size in JSON.
func firstSessions() (string, error) {
	contents := map[string]*contender.Session{}
	for _, size := range contender.Sizes() {
		sessions, err := contender.Sessions(size)
		if err != nil {
			return "", err
		}
		contents[size.Name] = sessions[0]
	}
	raw, err := json.Marshal(contents)
	return string(raw), err
}

// rates are requests in a second, one figure for each round.
type rates struct{ wall, processor []float64 }

// period is how long a server is asked in a round.
const period = time.Second

func (r *rates) measure(s *server, size string) error {
	before, start := processorOf(s.pid), time.Now()
	n, err := load(s.URL, s.Cookies[size], start.Add(period))
	if err != nil {
		return err
	}
	r.wall = append(r.wall, float64(n)/time.Since(start).Seconds())
	used := processorOf(s.pid) - before
	r.processor = append(r.processor, float64(n)/max(used, time.Millisecond).Seconds())
	return nil
}

// processorOf returns how long a process has used processors, as Linux tells it: the
// fields 14 and 15 of its line, in hundredths of a second.
func processorOf(pid int) time.Duration {
	f, err := os.Open(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(f)
	_, after, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(after)
	if err != nil || len(fields) < 13 {
		return 0
	}
	var user, system int64
	_, _ = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	return time.Duration(user+system) * 10 * time.Millisecond
}
