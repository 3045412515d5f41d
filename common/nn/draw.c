#include "nn/draw.h"
#include "base/die.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## What is drawn

A network becomes a list of nodes. Each node but the first, the input, reads the node `above` it, and a node of `add` or `concat` reads
another one `besides`. `mark` and `from` are not nodes: they only say which row reads which. But a mark ends its node, because its
readers do not read what follows it.
*/

enum { MOST_NODES = 401, MOST_LANES = 400, NONE = -1 };

typedef struct {
    char text[160]; // "conv2d 3/1/1, relu"
    Shape shape;
    size_t params;
    int above, besides;      // nodes that it reads
    double y, width, height; // of its box; y: of the upper edge
} Node;

typedef struct {
    Node node[MOST_NODES];
    int n;
    int home[MOST_NODES]; // of each layer: the node of its output
} Drawing;

static void name_layer(char *text, size_t room, const LayerSpec *s) {
    const LayerOps *ops = layer_ops(s->kind);
    size_t n = strlen(text);
    n += (size_t)snprintf(text + n, room - n, "%s%s", n ? ", " : "", ops->name);
    if (ops->print && n < room) {
        ops->print(s, text + n, room - n);
    }
}

static Node *add_node(Drawing *d, Shape shape, int above, int besides) {
    Node *node = &d->node[d->n++];
    double side = sqrt((double)shape.height * shape.width);
    *node = (Node){ .shape = shape, .above = above, .besides = besides };
    node->width = 24.0 + 24.0 * log2(side);
    node->height = 8.0 + 3.0 * log2(shape.channels);
    return node;
}

static void collect_nodes(Drawing *d, const Net *net) {
    require(net->n_layers < MOST_NODES, "%d layers are too many for a drawing", net->n_layers);
    snprintf(add_node(d, net->in, NONE, NONE)->text, sizeof d->node->text, "input");
    int flow = 0;      // the node that the next row reads
    bool ended = true; // nothing more belongs to it
    for (int i = 0; i < net->n_layers; i++) {
        const Layer *l = &net->layers[i];
        int marked = l->marked ? d->home[l->marked - net->layers] : NONE;
        if (l->spec.kind == FROM || l->spec.kind == MARK) {
            flow = l->spec.kind == FROM ? marked : flow;
            ended = true;
        } else if (layer_ops(l->spec.kind)->follows && !ended) {
            Node *node = &d->node[flow];
            name_layer(node->text, sizeof node->text, &l->spec);
            node->params += l->n_weight + l->n_bias;
            node->shape = l->out;
        } else {
            Node *node = add_node(d, l->out, flow, marked);
            name_layer(node->text, sizeof node->text, &l->spec);
            node->params = l->n_weight + l->n_bias;
            flow = d->n - 1;
            ended = false;
        }
        d->home[i] = flow;
    }
}

/*
## Where it stands

All boxes are centred on one line. Arrows that go past other boxes run in lanes beside them. Each takes the nearest lane that is free
along its whole length.
*/

typedef struct {
    int from, to, lane;
} Detour;

static int collect_detours(Detour *detours, const Drawing *d) {
    int n = 0;
    for (int i = 1; i < d->n; i++) {
        const int read[] = { d->node[i].above, d->node[i].besides };
        for (int k = 0; k < 2; k++) {
            if (read[k] != NONE && (k == 1 || read[k] != i - 1)) {
                detours[n++] = (Detour){ read[k], i, 0 };
            }
        }
    }
    return n;
}

static bool overlap(const Detour *a, const Detour *b) {
    return a->from < b->to && b->from < a->to;
}

// Returns the number of lanes. Short ways first: they lie inside the long ones.
static int choose_lanes(Detour *detours, int n) {
    int lanes = 0;
    for (int length = 1; length < MOST_NODES; length++) {
        for (int i = 0; i < n; i++) {
            if (detours[i].to - detours[i].from != length) {
                continue;
            }
            int lane = 1;
            for (int k = 0; k < n; k++) {
                bool taken = detours[k].lane == lane && overlap(&detours[i], &detours[k]);
                lane += taken;
                k = taken ? -1 : k; // from the beginning, in the next lane
            }
            detours[i].lane = lane;
            lanes = lane > lanes ? lane : lanes;
        }
    }
    return lanes;
}

/*
## As SVG

The text of an SVG file stays text: it can be searched and read aloud. A style sheet inside has a second set of colours for dark
pages.
*/

enum { GAP = 22, LANE = 14, WIDEST = 24 + 24 * 8, TEXT = 300 };

static void put_text(FILE *out, double x, double y, const char *class, const char *text) {
    fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    for (; *text; text++) {
        fprintf(out, *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : "%c", *text);
    }
    fputs("</text>\n", out);
}

static void put_shape(FILE *out, double x, double y, const Node *node) {
    char text[128];
    Shape s = node->shape;
    int n = s.height == 1 && s.width == 1
                ? snprintf(text, sizeof text, "%d", s.channels)
                : snprintf(text, sizeof text, "%d × %d × %d", s.channels, s.height, s.width);
    if (node->params > 0) {
        snprintf(text + n, sizeof text - (size_t)n, " · %zu parameters", node->params);
    }
    put_text(out, x, y, "size", text);
}

static void put_arrow(FILE *out, const char *path) {
    fprintf(out, "<path class=\"way\" d=\"%s\" marker-end=\"url(#tip)\"/>\n", path);
}

static void put_ways(FILE *out, const Drawing *d, const Detour *detours, int n, double middle) {
    char path[160];
    for (int i = 1; i < d->n; i++) {
        const Node *above = &d->node[i - 1];
        if (d->node[i].above == i - 1) {
            snprintf(path, sizeof path, "M%.1f %.1fV%.1f", middle, above->y + above->height,
                     d->node[i].y - 2.0);
            put_arrow(out, path);
        }
    }
    for (int i = 0; i < n; i++) {
        const Node *from = &d->node[detours[i].from], *to = &d->node[detours[i].to];
        double x = middle - WIDEST / 2.0 - LANE * detours[i].lane;
        snprintf(path, sizeof path, "M%.1f %.1fH%.1fV%.1fH%.1f", middle - from->width / 2.0,
                 from->y + from->height / 2.0 + 2.0, x, to->y + to->height / 2.0 - 2.0,
                 middle - to->width / 2.0 - 2.0);
        put_arrow(out, path);
    }
}

static void put_head(FILE *out, const char *name, double width, double height) {
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
            "height=\"%.0f\">\n<title>The network %s</title>\n"
            "<style>text{font:13px sans-serif;fill:#1f2328}.size{fill:#59636e;font-size:12px}"
            ".box{fill:#b7d2f0;stroke:#24507a}.way{fill:none;stroke:#59636e;stroke-width:1.3}"
            ".tip{fill:#59636e}@media(prefers-color-scheme:dark){text{fill:#e6edf3}"
            ".size{fill:#9da7b1}.box{fill:#24507a;stroke:#b7d2f0}.way{stroke:#9da7b1}"
            ".tip{fill:#9da7b1}}</style>\n"
            "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"7\" "
            "markerHeight=\"7\" orient=\"auto\"><path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker>"
            "</defs>\n",
            width, height, width, height, name);
}

void draw_net(const char *path, const char *name, const Net *net) {
    Drawing *d = alloc_bytes(sizeof *d);
    Detour detours[2 * MOST_NODES];
    collect_nodes(d, net);
    int n = collect_detours(detours, d), lanes = choose_lanes(detours, n);
    double bottom = 10.0, middle = 10.0 + LANE * (lanes + 1) + WIDEST / 2.0;
    for (int i = 0; i < d->n; i++) {
        double room = fmax(d->node[i].height, 32.0); // for two lines of text
        d->node[i].y = bottom + (room - d->node[i].height) / 2.0;
        bottom += room + GAP;
    }
    OutFile *file = file_create(path);
    FILE *out = file_stream(file);
    double labels = middle + WIDEST / 2.0 + 16.0;
    put_head(out, name, labels + TEXT, bottom - GAP + 10.0);
    put_ways(out, d, detours, n, middle);
    for (int i = 0; i < d->n; i++) {
        const Node *node = &d->node[i];
        double centre = node->y + node->height / 2.0;
        fprintf(out,
                "<rect class=\"box\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                "rx=\"2\"/>\n",
                middle - node->width / 2.0, node->y, node->width, node->height);
        put_text(out, labels, centre - 3.0, "name", node->text);
        put_shape(out, labels, centre + 13.0, node);
    }
    fputs("</svg>\n", out);
    file_commit(file);
    free(d);
}
