package view

import (
	"math"
	"strings"
)

// ramp are characters that fill a cell more and more, the empty one first.
func ramp(unicode bool) []string {
	if unicode {
		return []string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	}
	return []string{" ", ".", ":", "-", "=", "+", "*", "#"}
}

// spark draws values as columns over rows lines, the newest at the right. Where there are more values
// than columns, a column is the mean of its share. most is the value that fills all rows; what is above
// zero shows at least a little.
func spark(values []float32, columns, rows int, most float64, unicode bool) []string {
	steps := ramp(unicode)
	full := len(steps) - 1
	lines := make([]strings.Builder, max(rows, 0))
	for _, v := range columnsOf(values, columns) {
		level := 0
		if v > 0 && most > 0 {
			level = max(int(math.Round(float64(v)/most*float64(full*rows))), 1)
		}
		for i := range lines {
			below := (rows - 1 - i) * full // what the lines under this one show
			lines[i].WriteString(steps[min(max(level-below, 0), full)])
		}
	}
	out := make([]string, len(lines))
	for i := range lines {
		out[i] = lines[i].String()
	}
	return out
}

// columnsOf brings values to so many columns: the last of them where they fit, else their means. Columns
// for which there is nothing yet are at the left.
func columnsOf(values []float32, columns int) []float32 {
	out := make([]float32, max(columns, 0))
	per := perColumn(len(values), columns)
	for i := range out {
		end := len(values) - (len(out)-1-i)*per
		begin := max(end-per, 0)
		if end <= 0 {
			continue
		}
		sum := float32(0)
		for _, v := range values[begin:end] {
			sum += v
		}
		out[i] = sum / float32(end-begin)
	}
	return out
}

// perColumn is how many values share a column.
func perColumn(values, columns int) int {
	if columns <= 0 || values <= columns {
		return 1
	}
	return (values + columns - 1) / columns
}

// mostOf is the largest of all values.
func mostOf(lists ...[]float32) float64 {
	most := float32(0)
	for _, list := range lists {
		for _, v := range list {
			most = max(most, v)
		}
	}
	return float64(most)
}
