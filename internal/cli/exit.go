package cli

import (
	"errors"
	"fmt"
	"io"
)

// The exit codes of every client command.
const (
	ExitOK          = 0
	ExitFailed      = 1 // something unexpected
	ExitUsage       = 2 // the command line is wrong
	ExitDenied      = 3 // not signed in, or not allowed
	ExitNotFound    = 4 // the thing does not exist or may not be seen
	ExitRejected    = 5 // the input was read and not accepted, or conflicts
	ExitUnavailable = 6 // the server does not answer or is too busy; try again
)

// UsageError is a mistake in the command line.
type UsageError struct{ Message string }

// Error returns the message.
func (u UsageError) Error() string { return u.Message }

// ExitCode turns an error into the exit code.
func ExitCode(err error) int {
	var usage UsageError
	var p *Problem
	var closed *Closed
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &closed):
		return closed.Code
	case errors.As(err, &usage):
		return ExitUsage
	case errors.Is(err, errUnreachable):
		return ExitUnavailable
	case !errors.As(err, &p):
		return ExitFailed
	}
	switch p.Status {
	case 401, 403:
		return ExitDenied
	case 404:
		return ExitNotFound
	case 400, 409, 412, 413, 415, 422, 428:
		return ExitRejected
	case 429, 502, 503, 504:
		return ExitUnavailable
	}
	return ExitFailed
}

// Report prints err for a person and returns the exit code.
func Report(w io.Writer, err error) int {
	if err != nil {
		fmt.Fprintln(w, "millrace:", err)
	}
	return ExitCode(err)
}
