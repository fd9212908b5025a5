# SPDX-License-Identifier: Apache-2.0
# Prints C files as FILE:LINE: code, without comments and without what is inside of strings.
FNR == 1 { within = 0 }
{
	line = $0
	code = ""
	while (line != "") {
		if (within) {
			at = index(line, "*/")
			if (!at)
				break
			line = substr(line, at + 2)
			within = 0
		} else if (match(line, /\/\*|\/\/|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/)) {
			code = code substr(line, 1, RSTART - 1)
			found = substr(line, RSTART, RLENGTH)
			line = substr(line, RSTART + RLENGTH)
			if (found == "//")
				break
			if (found == "/*")
				within = 1
			else
				code = code substr(found, 1, 1) substr(found, 1, 1)
		} else {
			code = code line
			break
		}
	}
	print FILENAME ":" FNR ": " code
}
