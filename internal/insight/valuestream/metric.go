package valuestream

// Key names one of the five metrics.
type Key string

// The five metrics of software delivery performance.
const (
	ChangeLeadTime      Key = "change_lead_time"
	DeploymentFrequency Key = "deployment_frequency"
	RecoveryTime        Key = "failed_deployment_recovery_time"
	ChangeFailRate      Key = "change_fail_rate"
	ReworkRate          Key = "deployment_rework_rate"
)

// Keys lists the metrics in the order they are shown.
var Keys = []Key{ChangeLeadTime, DeploymentFrequency, RecoveryTime, ChangeFailRate, ReworkRate}

// ParseKey reads the API's form.
func ParseKey(s string) (Key, bool) {
	for _, k := range Keys {
		if string(k) == s {
			return k, true
		}
	}
	return "", false
}

// Unit returns what the metric's values are measured in.
func (k Key) Unit() string {
	switch k {
	case ChangeLeadTime, RecoveryTime:
		return "seconds"
	case DeploymentFrequency:
		return "per_day"
	default:
		return "ratio"
	}
}

// LeadFrom says where change lead time begins.
type LeadFrom string

// The two beginnings.
const (
	LeadFromFirstCommit LeadFrom = "first_commit"
	LeadFromMerge       LeadFrom = "merge"
)

// The least n for which a metric counts as enough data. They are part of the definitions in docs/reference/metrics.md.
const (
	enoughChanges    = 6  // the smallest n whose median has a 95 % interval
	enoughRecoveries = 6  // the same
	enoughRatio      = 10 // one deployment weighs at most a tenth
	enoughFrequency  = 5
	enoughDays       = 7
)

// Measure is a value with what it rests on. Nil is "not known", which is not the same as 0.
type Measure struct {
	Value *float64
	N     int
	Low   *float64
	High  *float64
}

// Point is one step of a series.
type Point struct {
	Start, End int64
	Partial    bool // the window or the present cuts the step short
	Measure
}

// Metric is one metric of a scope and window.
type Metric struct {
	Key Key
	Measure
	Enough      bool
	Reason      string // a stable code when not enough
	Previous    Measure
	Percentiles []float64 // p50, p75, p90, p95; nil for metrics that are no spans or without values
	Series      []Point
	Excluded    int // rows in the window that are left out
}

// Question is what to measure.
type Question struct {
	From, To int64 // half open
	Now      int64
	Class    Class
	LeadFrom LeadFrom
	Edges    []int64 // cut points of the series, first From and last To; none for no series
	// Partial tells whether a step is shorter than its calendar day, week or month; nil for never.
	Partial func(start, end int64) bool
}

var percentiles = []float64{0.5, 0.75, 0.9, 0.95}
