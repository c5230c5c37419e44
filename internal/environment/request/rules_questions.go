package request

import (
	"strings"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// place is what a question looks at of an environment.
type place struct {
	Environment ref.Environment
	Usage       ref.Lookup
	Application ref.App
}

// asked returns the environments for which a question is asked. One without a usage and an application is asked always.
func (q Question) asked(places []place) (envs []ref.Environment, yes bool) {
	for _, p := range places {
		if (q.Usage == "" || q.Usage == p.Usage) && (q.Application == "" || q.Application == p.Application) {
			envs = append(envs, p.Environment)
		}
	}
	return envs, len(envs) > 0 || q.Usage == "" && q.Application == ""
}

// tidyAnswer brings an answer into the form in which it is kept; ok is false for one that does not fit the question.
func (q Question) tidyAnswer(text string) (answer string, ok bool) {
	text = strings.TrimSpace(text)
	if q.Kind != YesNo || text == "" {
		return text, readable(text) && len(text) <= 4*maxDescription
	}
	switch strings.ToLower(text) {
	case "yes", "true", "y":
		return "yes", true
	case "no", "false", "n":
		return "no", true
	}
	return "", false
}

// answered merges new answers into those there are; an empty one takes an answer away.
func answered(questions []Question, old map[string]string, in map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(old)+len(in))
	for id, text := range old {
		out[id] = text
	}
	known := make(map[string]Question, len(questions))
	for _, q := range questions {
		known[q.ID] = q
	}
	var faults problem.Fields
	for id, text := range in {
		q, ok := known[id]
		if !ok {
			faults.Add("body.answers."+shorten(id), "question_unknown", "There is no such question.")
			continue
		}
		answer, ok := q.tidyAnswer(text)
		switch {
		case !ok && q.Kind == YesNo:
			faults.Add("body.answers."+id, "answer_invalid", "This question is answered with yes or no.")
		case !ok:
			faults.Add("body.answers."+id, "answer_invalid", "This answer cannot be kept.")
		case answer == "":
			delete(out, id)
		default:
			out[id] = answer
		}
	}
	return out, faults.Err("answers_invalid", "Some answers cannot be kept.")
}

// checkAnswers notes the questions that must be answered first.
func checkAnswers(faults *problem.Fields, questions []Question, places []place, answers map[string]string) {
	for _, q := range questions {
		if _, yes := q.asked(places); yes && q.Required && answers[q.ID] == "" {
			faults.Add("body.answers."+q.ID, "answer_required", "Answer this first: "+q.Text)
		}
	}
}
