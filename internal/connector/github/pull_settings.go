package github

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"millrace/internal/platform/problem"
)

// settings reads what the connection says about collecting.
func (p *puller) settings(settings map[string]string) error {
	days, err := strconv.Atoi(strings.TrimSpace(settings[settingHistory]))
	if settings[settingHistory] == "" {
		days, err = 365, nil
	}
	if err != nil || days < 0 || days > 36500 {
		return problem.New(problem.Invalid, "github_history_invalid", "The days of history must be a number; 0 means everything.")
	}
	if days > 0 {
		p.first = p.now.AddDate(0, 0, -days)
	}
	every, err := strconv.Atoi(strings.TrimSpace(settings[settingCensus]))
	if settings[settingCensus] == "" {
		every, err = 7, nil
	}
	if err != nil || every < 0 || every > 3650 {
		return problem.New(problem.Invalid, "github_census_invalid", "The days between full listings must be a number; 0 means never.")
	}
	p.every = time.Duration(every) * 24 * time.Hour
	if pattern := settings[settingBranches]; pattern != "" {
		if p.branches, err = regexp.Compile(pattern); err != nil {
			return problem.New(problem.Invalid, "github_branches_invalid", "The pattern of further branches is not a regular expression.").Because(err)
		}
	}
	return nil
}
