// Package shape finds what lines have in common: lines that one statement of one
// program wrote differ in their numbers, addresses and names only, and their
// shape is what stays.
//
// The method is that of Drain (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing
// Approach with Fixed Depth Tree", ICWS 2017): lines are cut into words, words
// that are surely values become marks, and a line joins the group of its length
// and beginning that it has most words in common with.
package shape
