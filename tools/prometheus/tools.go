//go:build tools

// Package tools keeps the commands in go.mod; nothing is ever compiled from this file.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
