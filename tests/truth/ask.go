// SPDX-License-Identifier: Apache-2.0

// ask DIR: what Go says of each case.  The pool is filled as from SSL_CERT_FILE (crypto/x509, root_unix.go).
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strconv"
	"strings"
)

func ask(number, host string) error {
	pool := x509.NewCertPool()
	bytes, err := os.ReadFile(os.Args[1] + "/" + number + ".store")
	if err != nil {
		return err
	}
	pool.AppendCertsFromPEM(bytes)
	n, _ := strconv.Atoi(number)
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+n), &tls.Config{RootCAs: pool, ServerName: host})
	if err != nil {
		return err
	}
	return conn.Close()
}

func main() {
	list, err := os.Open(os.Args[1] + "/list")
	if err != nil {
		panic(err)
	}
	for lines := bufio.NewScanner(list); lines.Scan(); {
		fields := strings.Split(lines.Text(), "\t")
		if err := ask(fields[0], fields[1]); err != nil {
			fmt.Printf("%s\tno\t%s\n", fields[0], strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Printf("%s\tyes\n", fields[0])
		}
	}
}
