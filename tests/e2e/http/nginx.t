#!/bin/sh
# http against nginx: files, a password, a proxy's view of an upload, TLS.
. "${0%/*}/../lib.sh"
PATH=$PATH:/usr/sbin

start_nginx() {
	require nginx
	require openssl
	require python3
	root=$CASE/nginx
	mkdir -p "$root/www" "$root/tmp"
	# The workers of an nginx that root starts are somebody else.
	chmod 755 "$TEST_ROOT" "$CASE" "$root" "$root/www"
	chmod 777 "$root/tmp"
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	tls_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$root/key.pem" -out "$root/cert.pem" -days 2 \
		-subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
	printf 'ann:%s\n' "$(openssl passwd -apr1 'the pass:word')" >"$root/users"
	chmod 644 "$root/users"
	user=$([ "$(id -u)" != 0 ] || echo "user root;")
	cat >"$root/nginx.conf" <<-EOT
	daemon off;
	$user
	pid $root/pid;
	error_log $root/error.log;
	worker_processes 1;
	events { worker_connections 64; }
	http {
		access_log off;
		client_body_temp_path $root/tmp/body;
		proxy_temp_path $root/tmp/proxy;
		fastcgi_temp_path $root/tmp/fastcgi;
		uwsgi_temp_path $root/tmp/uwsgi;
		scgi_temp_path $root/tmp/scgi;
		server {
			listen 127.0.0.1:$port;
			listen 127.0.0.1:$tls_port ssl;
			server_name localhost;
			ssl_certificate $root/cert.pem;
			ssl_certificate_key $root/key.pem;
			root $root/www;
			gzip on;
			gzip_types application/json;
			gzip_min_length 10;
			location /private/ { auth_basic "private"; auth_basic_user_file $root/users; }
			location /old { return 301 /new.json; }
			location /busy { add_header Retry-After 7200 always; return 429; }
		}
	}
	EOT
	nginx -p "$root" -c "$root/nginx.conf" >/dev/null 2>&1 </dev/null &
	nginx_pid=$!
	for _ in $(seq 200); do
		python3 -c "import socket; socket.create_connection(('127.0.0.1', $port)).close()" 2>/dev/null && break
		sleep 0.05
	done
	sed -i "s#TLS#https://localhost:$tls_port#g; s#URL#http://127.0.0.1:$port#g" .workflows/*.yml
	commit_all
}

stop_nginx() {
	kill "$nginx_pid"
	wait "$nginx_pid" 2>/dev/null || :
}

test_case 'files, compressed answers, redirects, a password, a server that has no time' '
	workflow demo <<-\EOT
	steps:
	  - {id: json, http: {url: "URL/old", expect: json.name == "nginx"}}
	  - {id: data, http: {url: "URL/data.bin", save: build/data.bin}}
	  - {id: same, inputs: [build/data.bin], run: "cmp build/data.bin \"$HOME/data.bin\" && rm -r build"}
	  - {id: private, http: {url: "URL/private/x.txt", auth: {username: ann, password: "${env.PASS_OF_ANN}"}}}
	  - {id: denied, http: {url: "URL/private/x.txt", expect: 401}}
	  - {id: wrong, http: {url: "URL/private/x.txt", auth: {username: ann, password: "${env.HOME}"}, expect: 401}}
	  - {id: absent, http: {url: "URL/not/there", expect: {status: 404, if: "startsWith(headers.server, \"nginx\")"}}}
	  - {id: busy, http: {url: "URL/busy"}, retry: {attempts: 3}, on_failure: continue}
	EOT
	start_nginx
	printf "{\"name\": \"nginx\", \"list\": [1, 2, 3, 4, 5, 6, 7, 8, 9]}" > "$root/www/new.json"
	head -c 3000000 /dev/urandom > "$HOME/data.bin"
	cp "$HOME/data.bin" "$root/www/data.bin"
	mkdir "$root/www/private"
	echo hello > "$root/www/private/x.txt"
	chmod -R a+rX "$root/www"
	expect_tree_changes
	PASS_OF_ANN="the pass:word" expect_exit 1 git wf run demo
	stop_nginx
	expect_out_contains "1 failed"
	expect_out_contains "the server asks to wait 7200 s"
'

test_case 'TLS: by the authorities of SSL_CERT_FILE, and only for the name of the certificate' '
	workflow demo <<-\EOT
	steps:
	  - {id: a, http: {url: "TLS/x.txt"}}
	EOT
	start_nginx
	echo hello > "$root/www/x.txt"
	chmod a+r "$root/www/x.txt"
	repeat_runs "requests are made anew"
	expect_exit 1 git wf run demo
	expect_out_contains "certificate"
	SSL_CERT_FILE=$root/cert.pem expect_ok git wf run demo
	stop_nginx
'

test_done
