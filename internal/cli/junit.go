package cli

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
)

// junitCounts are the totals of a JUnit report.
type junitCounts struct{ Tests, Failures, Errors, Skipped int64 }

func (j junitCounts) failed() int64 { return j.Failures + j.Errors }

func (j junitCounts) passed() int64 { return max(0, j.Tests-j.failed()-j.Skipped) }

// countJUnit counts the test cases themselves: the totals written on the suites differ from tool to tool.
func countJUnit(raw []byte) (junitCounts, error) {
	var c junitCounts
	d := xml.NewDecoder(bytes.NewReader(raw))
	inCase, root := false, false
	var worst string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch name := t.Name.Local; {
			case name == "testsuite" || name == "testsuites":
				root = true
			case name == "testcase":
				inCase, worst = true, ""
			case inCase && (name == "failure" || name == "error" || name == "skipped"):
				if worst == "" || worst == "skipped" {
					worst = name
				}
			}
		case xml.EndElement:
			if t.Name.Local != "testcase" {
				continue
			}
			inCase = false
			c.Tests++
			switch worst {
			case "failure":
				c.Failures++
			case "error":
				c.Errors++
			case "skipped":
				c.Skipped++
			}
		}
	}
	if !root {
		return c, errors.New("this is not a JUnit report")
	}
	return c, nil
}
