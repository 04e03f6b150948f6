/* A file as libcurl's form: what POSTs it. Any thread. */
#ifndef BANDITORE_GRAPH_FORM_H
#define BANDITORE_GRAPH_FORM_H

#include "modem/curl_load.h"
#include "modem/graph_http.h"

/* To be freed by mime_free after the request. NULL: no memory. The file's descriptor is read while the request runs. */
curl_mime *graph_form_make(const struct curl_library *curl, CURL *easy, const struct graph_http_file *file);

#endif
