package telemetry

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "millrace"

// Metrics is the registry behind /metrics. There is no global one.
type Metrics struct {
	registry *prometheus.Registry
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	records  *prometheus.CounterVec
	batches  *prometheus.HistogramVec
}

// NewMetrics returns a registry with the metrics of the process, of HTTP and of ingestion.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Help: "Time to answer a request, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "http_requests_in_flight", Help: "Requests being answered."}),
		records: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "ingested_records_total",
			Help: "Delivery records taken in, by source, kind and outcome (stored, unchanged, rejected)."}, []string{"source", "kind", "outcome"}),
		batches: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "ingest_batch_duration_seconds",
			Help: "Time to store one batch of delivery records.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .5, 2}}, []string{"source"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "Always 1; the label tells the version.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.duration, m.inFlight, m.records, m.batches, build)
	return m
}

// Handler answers /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Gauge adds a value that is asked for at each scrape, such as the writers that wait for the database. The name gets
// the prefix millrace_. It must be quick.
func (m *Metrics) Gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, value))
}

// DatabaseWaiting adds the number of writers that wait for SQLite's writing connection.
func (m *Metrics) DatabaseWaiting(waiting func() int) {
	m.Gauge("db_writers_waiting", "Writers that wait for the single writing connection of SQLite.", func() float64 { return float64(waiting()) })
}

// Counts adds a gauge with one value per label, counted by a query such as jobs by state. Scrapes within five seconds
// share one count; a failed count leaves the gauge out of the scrape.
func (m *Metrics) Counts(name, help, label string, count func(ctx context.Context) (map[string]int64, error)) {
	m.registry.MustRegister(&counted{desc: prometheus.NewDesc(namespace+"_"+name, help, []string{label}, nil), count: count})
}

type counted struct {
	desc  *prometheus.Desc
	count func(ctx context.Context) (map[string]int64, error)
	mu    sync.Mutex
	last  map[string]int64
	at    time.Time
}

const (
	countAge     = 5 * time.Second
	countTimeout = 2 * time.Second
)

func (c *counted) Describe(ch chan<- *prometheus.Desc) { ch <- c.desc }

func (c *counted) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || time.Since(c.at) > countAge {
		ctx, cancel := context.WithTimeout(context.Background(), countTimeout)
		defer cancel()
		counts, err := c.count(ctx)
		if err != nil {
			ch <- prometheus.NewInvalidMetric(c.desc, err)
			return
		}
		c.last, c.at = counts, time.Now()
	}
	for label, n := range c.last {
		ch <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(n), label)
	}
}

// Ingested counts delivery records of one kind and outcome ("stored", "unchanged", "rejected").
func (m *Metrics) Ingested(source, kind, outcome string, n int) {
	if n > 0 {
		m.records.WithLabelValues(source, kind, outcome).Add(float64(n))
	}
}

// Batch notes how long a batch of records took to store.
func (m *Metrics) Batch(source string, took time.Duration) {
	m.batches.WithLabelValues(source).Observe(took.Seconds())
}
