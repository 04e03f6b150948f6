#!/bin/sh
# Makes the C table of the console's files: what this folder holds, and of bootstrap-italia only what the pages use. What
# compresses is kept compressed alone: every browser takes gzip.
# usage: pack.sh NODE_MODULES > assets.inc
set -eu
web=$(dirname "$0")
look=$1/bootstrap-italia/dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files() { # PATH FILE, one a line
	for file in "$web"/*.html "$web"/*.css "$web"/*.js "$web"/*.svg "$web"/*.png "$web"/texts/*.json; do
		[ -e "$file" ] && echo "/${file#"$web"/} $file"
	done
	[ -d "$look" ] || return 0 # npm could not fetch it: the page goes without
	echo "/bootstrap-italia/bootstrap-italia.css $look/css/bootstrap-italia.min.css"
	echo "/bootstrap-italia/sprites.svg $look/svg/sprites.svg"
	for weight in regular 600 700; do
		echo "/bootstrap-italia/titillium-$weight.woff2 $look/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-$weight.woff2"
	done
}

number=0
files | while read -r path file; do
	zipped=true
	case $path in
	*.html) type='text/html; charset=utf-8' ;;
	*.css) type='text/css; charset=utf-8' ;;
	*.js) type='text/javascript; charset=utf-8' ;;
	*.json) type='application/json' ;;
	*.svg) type='image/svg+xml' ;;
	*.png) type='image/png' zipped=false ;;
	*.woff2) type='font/woff2' zipped=false ;;
	esac
	if $zipped; then gzip -9nc "$file" >"$work/octets"; else cp "$file" "$work/octets"; fi
	number=$((number + 1))
	echo "static const unsigned char asset_${number}[] = {"
	od -An -v -tx1 "$work/octets" | sed 's/\([0-9a-f][0-9a-f]\)/0x\1,/g'
	echo '};'
	tag=$(sha256sum <"$file" | cut -c1-16)
	echo "	{\"$path\", \"$type\", \"\\\"$tag\\\"\", asset_$number, sizeof asset_$number, $zipped}," >>"$work/table"
done
echo 'static const struct asset assets[] = {'
cat "$work/table"
echo '};'
