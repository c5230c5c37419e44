package delivery

import "strings"

var resultWords = map[string]string{
	"success": ResultSuccess, "succeeded": ResultSuccess, "successful": ResultSuccess, "passed": ResultSuccess, "pass": ResultSuccess,
	"ok": ResultSuccess, "green": ResultSuccess, "completed": ResultSuccess, "complete": ResultSuccess, "done": ResultSuccess,
	"failure": ResultFailure, "failed": ResultFailure, "fail": ResultFailure, "error": ResultFailure, "errored": ResultFailure,
	"red": ResultFailure, "broken": ResultFailure, "timedout": ResultFailure, "timeout": ResultFailure, "aborted": ResultFailure,
	"startupfailure": ResultFailure, "unsuccessful": ResultFailure, "rejected": ResultFailure, "crashed": ResultFailure,
	"cancelled": ResultCancelled, "canceled": ResultCancelled, "cancel": ResultCancelled, "skipped": ResultCancelled,
	"stopped": ResultCancelled, "neutral": ResultCancelled, "superseded": ResultCancelled,
}

var unfinishedWords = map[string]bool{
	"": true, "none": true, "null": true, "running": true, "inprogress": true, "pending": true, "queued": true, "started": true,
	"waiting": true, "created": true, "unknown": true,
}

// ParseResult reads how something ended, in any case and in the words common tools use. The empty result stands for what
// has not ended; ok is false when the word is not known.
func ParseResult(s string) (result string, ok bool) {
	w := squeeze(s)
	if r := resultWords[w]; r != "" {
		return r, true
	}
	return "", unfinishedWords[w]
}

var classWords = map[string]string{
	"prod": EnvironmentProduction, "production": EnvironmentProduction, "live": EnvironmentProduction, "prd": EnvironmentProduction,
	"prodn": EnvironmentProduction, "productive": EnvironmentProduction,
	"staging": EnvironmentStaging, "stage": EnvironmentStaging, "stg": EnvironmentStaging, "stag": EnvironmentStaging,
	"preprod": EnvironmentStaging, "preproduction": EnvironmentStaging, "preprd": EnvironmentStaging, "uat": EnvironmentStaging,
	"acceptance": EnvironmentStaging, "acc": EnvironmentStaging, "prelive": EnvironmentStaging, "nonprod": EnvironmentStaging,
	"nonproduction": EnvironmentStaging, "rc": EnvironmentStaging,
	"test": EnvironmentTesting, "testing": EnvironmentTesting, "tst": EnvironmentTesting, "qa": EnvironmentTesting,
	"sit": EnvironmentTesting, "integration": EnvironmentTesting, "int": EnvironmentTesting, "ci": EnvironmentTesting,
	"perf": EnvironmentTesting, "performance": EnvironmentTesting, "load": EnvironmentTesting, "quality": EnvironmentTesting,
	"dev": EnvironmentDevelopment, "develop": EnvironmentDevelopment, "development": EnvironmentDevelopment,
	"local": EnvironmentDevelopment, "sandbox": EnvironmentDevelopment, "sbx": EnvironmentDevelopment,
	"preview": EnvironmentDevelopment, "review": EnvironmentDevelopment, "playground": EnvironmentDevelopment,
}

// ParseEnvironmentClass reads an environment class in any case and in common words. ok is false when the word is not
// known; the empty word is the empty class.
func ParseEnvironmentClass(s string) (class string, ok bool) {
	w := squeeze(s)
	if w == "" {
		return "", true
	}
	class, ok = classWords[w]
	return class, ok
}

// ClassOfEnvironment tells the class of an environment from its name where the name says it in a common word:
// "prod-eu-2" is production, "pre-prod" staging. A name that says two classes, or none, has none.
func ClassOfEnvironment(name string) string {
	if c := classWords[squeeze(name)]; c != "" {
		return c
	}
	found := ""
	ws := words(name)
	for i := 0; i < len(ws); i++ {
		w := ws[i]
		if (w == "pre" || w == "non" || w == "not") && i+1 < len(ws) && classWords[ws[i+1]] == EnvironmentProduction {
			w, i = "pre"+"prod", i+1
		}
		c := classWords[w]
		if c == "" {
			continue
		}
		if found != "" && found != c {
			return ""
		}
		found = c
	}
	return found
}

// statusOf returns the status of something that runs from its result, its end and its start.
func statusOf(status, result string, started, finished bool) string {
	switch {
	case status != "":
		return status
	case result != "" || finished:
		return StatusDone
	case started:
		return StatusInProgress
	}
	return StatusTodo
}

var punctuation = strings.NewReplacer("_", "", "-", "", " ", "", ".", "")

func squeeze(s string) string { return punctuation.Replace(strings.ToLower(strings.TrimSpace(s))) }
