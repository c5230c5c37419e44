// Command withpostgres starts a throw-away PostgreSQL server, runs the command given to it with MILLRACE_TEST_POSTGRES
// pointing there, stops the server and ends with the command's exit code. The make targets use it so that all
// test processes share one server.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"millrace/internal/platform/db/dbtest"
)

func main() { os.Exit(run()) }

func run() int {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres command [argument …]")
		return 2
	}
	s, err := dbtest.StartServer()
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
		return 2
	}
	defer s.Stop()
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "MILLRACE_TEST_POSTGRES="+s.DSN)
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	fmt.Fprintln(os.Stderr, "withpostgres:", err)
	return 2
}
