//go:build tools

// Package tools keeps the command in go.mod; nothing is ever compiled from this file.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
