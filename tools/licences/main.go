// licences prints the licences of the modules in a build, as JSON: {"<module>": "<SPDX expression>"}.
//
//	go list -deps -json=Dir,Module <packages> | licences
//
// A module's licence joins every licence file that covers a package of the build: the files in the package's folder
// and in the folders above it, up to the module's own. A file that is not recognized, or a module without a file, has
// NONE or UNKNOWN in the expression. The main module is left out.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

var version string // set at link time

var licenceFile = regexp.MustCompile(`(?i)^(un)?licen[cs]e|^copying`)

// recognized is the share of a file's words, in percent, that must belong to known licences. The rest may be a list of
// copyright holders. The same share as pkg.go.dev's (https://pkg.go.dev/license-policy).
const recognized = 75

type goPackage struct {
	Dir    string
	Module *struct {
		Path, Dir string
		Main      bool
	}
}

// licencesOf returns the SPDX identifiers of a licence file.
func licencesOf(file string) []string {
	text, err := os.ReadFile(file)
	check(err)
	coverage := licensecheck.Scan(text)
	if coverage.Percent < recognized {
		return []string{"UNKNOWN"}
	}
	ids := []string{}
	for _, match := range coverage.Match {
		ids = append(ids, match.ID)
	}
	return ids
}

// filesIn returns the licence files in a folder.
func filesIn(folder string) (files []string) {
	entries, err := os.ReadDir(folder)
	check(err)
	for _, entry := range entries {
		if entry.Type().IsRegular() && licenceFile.MatchString(entry.Name()) && filepath.Ext(entry.Name()) != ".go" {
			files = append(files, filepath.Join(folder, entry.Name()))
		}
	}
	return files
}

func main() {
	if len(os.Args) > 1 {
		fmt.Println(version)
		return
	}
	found := map[string]map[string]bool{}
	seen := map[string]bool{}
	packages := json.NewDecoder(os.Stdin)
	for {
		var built goPackage
		if err := packages.Decode(&built); errors.Is(err, io.EOF) {
			break
		} else {
			check(err)
		}
		module := built.Module
		if module == nil || module.Main {
			continue
		}
		if found[module.Path] == nil {
			found[module.Path] = map[string]bool{}
		}
		for folder := built.Dir; !seen[folder]; folder = filepath.Dir(folder) {
			seen[folder] = true
			for _, file := range filesIn(folder) {
				for _, id := range licencesOf(file) {
					found[module.Path][id] = true
				}
			}
			if folder == module.Dir {
				break
			}
		}
	}
	licences := map[string]string{}
	for module, ids := range found {
		licences[module] = strings.Join(slices.Sorted(maps.Keys(ids)), " AND ")
		if len(ids) == 0 {
			licences[module] = "NONE"
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(licences))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
