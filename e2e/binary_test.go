// Package e2e drives the real binary as an operator and a pipeline would.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"millrace/internal/platform/db/dbtest"
)

var binary = sync.OnceValues(func() (string, error) {
	if b := os.Getenv("MILLRACE_BIN"); b != "" {
		return filepath.Abs(b)
	}
	dir, err := os.MkdirTemp("", "millrace-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "millrace")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/millrace")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// engine runs a test on both engines; args are the flags that name the database.
func engine(t *testing.T, fn func(t *testing.T, args []string)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, []string{"--data", t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) {
		fn(t, []string{"--data", t.TempDir(), "--database", dbtest.PostgresURL(t)})
	})
}

// node is a running server.
type node struct {
	t     *testing.T
	cmd   *exec.Cmd
	url   string
	setup string
	token string
	done  chan struct{}
}

var (
	readyLine = regexp.MustCompile(`Millrace is ready at (\S+)`)
	setupLine = regexp.MustCompile(`(\S+/setup\?token=\S+)`)
)

// serve starts a server on a free port and waits until it says that it is ready.
func serve(t *testing.T, args ...string) *node {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, done: make(chan struct{})}
	n.cmd = exec.Command(bin, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	n.cmd.Stderr = &log
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	go func() {
		defer close(n.done)
		once := sync.Once{}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := readyLine.FindStringSubmatch(lines.Text()); m != nil {
				n.url = m[1]
			}
			if m := setupLine.FindStringSubmatch(lines.Text()); m != nil {
				n.setup = m[1]
			}
			if n.url != "" {
				once.Do(func() { close(ready) })
			}
		}
		once.Do(func() { close(ready) })
		_ = n.cmd.Wait()
	}()
	t.Cleanup(n.kill)
	select {
	case <-ready:
	case <-time.After(60 * time.Second):
	}
	if n.url == "" {
		t.Fatalf("the server did not start: %s", log.String())
	}
	n.waitReady()
	return n
}

func (n *node) waitReady() {
	for range 200 {
		if res, err := http.Get(n.url + "/readyz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == 200 {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	n.t.Fatal("the server never became ready")
}

// kill ends the process without warning.
func (n *node) kill() {
	_ = n.cmd.Process.Kill()
	<-n.done
}

// stop ends the process as an operator would and returns once it is gone.
func (n *node) stop() {
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-n.done:
	case <-time.After(30 * time.Second):
		n.t.Fatal("the server did not stop")
	}
}

// command runs an offline command and returns what it printed.
func command(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("millrace %s: %v: %s", strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

const password = "correct horse battery staple"

// administer creates an administrator and a token while the server runs.
func (n *node) administer(args []string) {
	n.t.Helper()
	command(n.t, password+"\n", append([]string{"admin", "create", "--email", "ada@example.test", "--password-stdin"}, args...)...)
	out := command(n.t, "", append([]string{"token", "create", "--email", "ada@example.test", "--name", "e2e"}, args...)...)
	n.token = strings.TrimSpace(out)
	if n.token == "" || strings.ContainsAny(n.token, " \n") {
		n.t.Fatalf("token create printed %q", out)
	}
}

// call sends a request and returns the status and the decoded body.
func (n *node) call(method, path string, body any, header ...string) (int, map[string]any) {
	n.t.Helper()
	status, m, err := n.try(method, path, body, header...)
	if err != nil {
		n.t.Fatal(err)
	}
	return status, m
}

func (n *node) try(method, path string, body any, header ...string) (int, map[string]any, error) {
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, n.url+path, r)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if n.token != "" {
		req.Header.Set("Authorization", "Bearer "+n.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return res.StatusCode, nil, err
	}
	var m map[string]any
	_ = json.Unmarshal(raw, &m)
	return res.StatusCode, m, nil
}

// must calls and demands a status.
func (n *node) must(want int, method, path string, body any, header ...string) map[string]any {
	n.t.Helper()
	status, m := n.call(method, path, body, header...)
	if status != want {
		n.t.Fatalf("%s %s: %d, want %d: %v", method, path, status, want, m)
	}
	return m
}

func items(m map[string]any) []map[string]any {
	var out []map[string]any
	list, _ := m["items"].([]any)
	for _, i := range list {
		if o, ok := i.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}
