// Tests of the book: its order holds every source once, the weave passes on what it reads, and what
// it cannot it refuses.

#include "test.h"

#include <glob.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// A whole file of text, which the caller frees.
static char *text_of(const char *path) {
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "there is no %s", path);
    char *text = NULL;
    size_t size = 0;
    ck_assert_msg(getdelim(&text, &size, '\0', file) > 0, "%s is empty", path);
    fclose(file);
    return text;
}

// Cuts the next line off a text; NULL at its end.
static char *next_line(char **text) {
    char *line = *text, *end = line + strcspn(line, "\n");
    if (*line == '\0') {
        return NULL;
    }
    *text = *end ? end + 1 : end;
    *end = '\0';
    return line;
}

// --- docs/book.txt -------------------------------------------------------------------------------

START_TEST(every_source_stands_in_one_chapter) {
    char *order = text_of("docs/book.txt");
    const char *patterns[] = { "common/*/*.[ch]", "lessons/*/*.[ch]" };
    for (int p = 0; p < 2; p++) {
        glob_t found;
        ck_assert_int_eq(glob(patterns[p], 0, NULL, &found), 0);
        for (size_t i = 0; i < found.gl_pathc; i++) {
            char word[256];
            int n = 0;
            for (const char *end = "\n "; *end; end++) {
                snprintf(word, sizeof word, " %s%c", found.gl_pathv[i], *end);
                n += count(order, word);
            }
            ck_assert_msg(n == 1, "%s stands in %d chapters of docs/book.txt", found.gl_pathv[i],
                          n);
        }
        globfree(&found);
    }
    free(order);
}
END_TEST

// All diagrams are drawn in one style, docs/diagram.css, which stands in each of them: a picture in a page sees no other file.
START_TEST(diagrams_share_one_style) {
    FILE *out = popen("for f in lessons/*/diagrams/*.svg; do [ ! -e \"$f\" ] || "
                      "sed -n '/^<style>$/,/^<\\/style>$/p' \"$f\" | sed '1d;$d' | cmp -s - "
                      "docs/diagram.css || echo \"$f\"; done",
                      "r");
    ck_assert_ptr_nonnull(out);
    char name[256] = "";
    ck_assert_msg(!fgets(name, sizeof name, out), "other style than docs/diagram.css: %s", name);
    ck_assert_int_eq(pclose(out), 0);
}
END_TEST

START_TEST(every_file_of_the_order_exists) {
    char *order = text_of("docs/book.txt"), *rest = order;
    for (char *line; (line = next_line(&rest));) {
        if (strncmp(line, "chapter ", 8) == 0) {
            char *word = strtok(line + 8, " "); // the chapter's name
            while ((word = strtok(NULL, " "))) {
                ck_assert_msg(access(word, R_OK) == 0, "docs/book.txt: there is no %s", word);
            }
        }
    }
    free(order);
}
END_TEST

// --- every line of the program, once -------------------------------------------------------------

// Appends text to lines, without the lines that are blank.
static void add_lines(FILE *lines, char *text) {
    for (char *line; (line = next_line(&text));) {
        if (line[strspn(line, " \t")] != '\0') {
            fprintf(lines, "%s\n", line);
        }
    }
}

// What the compiler sees of a source: everything but the prose, found here in another way than the
// weave does.
static void add_program(FILE *lines, const char *path) {
    char *text = text_of(path), *rest = text;
    while (rest) {
        char *prose = strncmp(rest, "/*\n", 3) == 0 ? rest : strstr(rest, "\n/*\n");
        char *end = prose ? strstr(prose, "\n*/\n") : NULL;
        ck_assert_msg(!prose || end, "%s holds prose without an end", path);
        if (prose) {
            *prose = '\0';
        }
        if (prose != rest) {
            add_lines(lines, rest);
        }
        rest = prose ? end + 4 : NULL;
    }
    free(text);
}

// The text of a piece of HTML.
static void remove_marks(char *html) {
    static const char *const names[][2] = {
        { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&#39;", "'" }, { "&amp;", "&" }
    };
    char *to = html;
    for (const char *from = html; *from;) {
        if (*from == '<') {
            from = strchr(from, '>') + 1;
            continue;
        }
        int known = -1;
        for (int i = 0; *from == '&' && i < 5; i++) {
            known = strncmp(from, names[i][0], strlen(names[i][0])) == 0 ? i : known;
        }
        *to++ = known < 0 ? *from : names[known][1][0];
        from += known < 0 ? 1 : strlen(names[known][0]);
    }
    *to = '\0';
}

// What a page shows as program.
static void add_page(FILE *lines, const char *path) {
    char *page = text_of(path);
    for (char *at = page; (at = strstr(at, "<pre class=\"sourceCode c program"));) {
        char *end = strstr(at, "</pre>");
        ck_assert_ptr_nonnull(end);
        *end = '\0';
        remove_marks(at);
        add_lines(lines, at);
        at = end + 1;
    }
    free(page);
}

static void compare_chapter(char *files, const char *folder) {
    char *program = NULL, *shown = NULL, page[512];
    size_t program_size, shown_size;
    FILE *lines = open_memstream(&program, &program_size);
    snprintf(page, sizeof page, "%s/%s.html", folder, strtok(files, " "));
    for (char *file; (file = strtok(NULL, " "));) {
        if (!strstr(file, ".md")) {
            add_program(lines, file);
        }
    }
    fclose(lines);
    lines = open_memstream(&shown, &shown_size);
    add_page(lines, page);
    fclose(lines);
    for (char *a = program, *b = shown; *a || *b;) {
        size_t length = strcspn(a, "\n"), length_shown = strcspn(b, "\n");
        ck_assert_msg(length == length_shown && strncmp(a, b, length) == 0,
                      "%s shows '%.*s' where the program has '%.*s'", page, (int)length_shown, b,
                      (int)length, a);
        a += length + (a[length] != '\0');
        b += length_shown + (b[length_shown] != '\0');
    }
    free(program);
    free(shown);
}

// Each chapter in docs/book.txt shows the lines of its files: all of them, once, in their order.
static void compare_program(const char *folder) {
    char *order = text_of("docs/book.txt"), *rest = order;
    int n = 0;
    for (char *line; (line = next_line(&rest));) {
        if (strncmp(line, "chapter ", 8) == 0) {
            compare_chapter(line + 8, folder);
            n++;
        }
    }
    ck_assert_int_gt(n, 0);
    free(order);
}

// The book of this repository, as it is.
START_TEST(the_book_shows_every_line_once) {
    char root[1024], folder[1024];
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    enter_folder();
    ck_assert_ptr_nonnull(getcwd(folder, sizeof folder - 8));
    ck_assert_int_eq(chdir(root), 0);
    strcat(folder, "/book");
    int status;
    char *output = shell(&status, "sh docs/weave.sh '%s'", folder);
    ck_assert_msg(status == 0, "%s", output);
    free(output);
    compare_program(folder);
}
END_TEST

// --- a small book --------------------------------------------------------------------------------

static char weave[1100]; // the script's path, seen from another folder

static const char small_order[] = "title The small book\n"
                                  "about One paragraph.\n"
                                  "chapter introduction README.md\n"
                                  "part Part I: numbers\n"
                                  "asks What is *one*?\n"
                                  "shows docs/reference/01-one/samples/grid.png A grid of ones\n"
                                  "chapter 01-one lessons/01-one/one.c\n"
                                  "chapter 02-two lessons/02-two/two.c\n"
                                  "part Guides\n"
                                  "chapter guide guide.md\n"
                                  "part The library, sums/: adding\n"
                                  "chapter sum common/sum.h common/sum.c\n"
                                  "chapter mean common/mean.h\n";

static const char small_header[] =
    "/*\n"
    "# Sums, `a` & 'more'\n"
    "\n"
    "The mean is $\\mathrm{out}(s) + \\mathrm{col2im} / \\left(\\frac{a}{b}\\right)$, "
    "the <sum> is\n"
    "\n"
    "$$ S = \\sum_{i=1}^{n}\n"
    "x_i. $$\n"
    "\n"
    "    int indented_in_prose = 1;\n"
    "\n"
    "```sh\n"
    "# a fenced line\n"
    "```\n"
    "*/\n"
    "\n"
    "#ifndef SUM_H\n"
    "#define SUM_H\n"
    "\n"
    "// x (n); \"finite\" & < 1e30.\n"
    "float sum(const float *x, int n);\n"
    "\n"
    "#endif\n";

static const char small_source[] =
    "#include \"sum.h\"\n"
    "\n"
    "#include <math.h>\n"
    "static int used;\n"
    "\n"
    "/*\n"
    "## The loop\n"
    "\n"
    "[Up](#the-loop), [one](01-one.html), [one again](../lessons/01-one/one.c),\n"
    "[home](../README.md#start), [the rest](../LICENSE).\n"
    "*/\n"
    "/* a comment like any other,\n"
    "over two lines\n"
    "*/\n"
    "float sum(const float *x, int n) {\n"
    "    float s = 0; /* not prose */\n"
    "\n"
    "    /*\n"
    "    nor is this */\n"
    "    for (int i = 0; i < n; i++) {\n"
    "        s += x[i]; // <b>&amp;\n"
    "    }\n"
    "    return s;\n"
    "}\n"
    "/*\n"
    "The end.\n"
    "*/\n"
    "/*\n"
    "Really.\n"
    "*/\n";

static const char small_lesson[] =
    "/*\n"
    "# One\n"
    "\n"
    "![What to see, in *two*\n"
    "lines.](loss.svg)\n"
    "\n"
    "![Samples of ones.](grid.png)\n"
    "\n"
    "`sum`, `sum()`, `mean`, `suma`, [see `sum`](../../common/sum.h).\n"
    "*/\n"
    "int main(void) {\n"
    "    return 0;\n"
    "}\n";

// It has a function of its own that is called as one of the library.
static const char small_lesson_2[] = "/*\n# Two\n\n`mean` is not `sum`. `--seed 2`, `-9`.\n*/\n"
                                     "static float mean(void) {\n    return 0;\n}\n";

static const char small_table[] =
    "# The small book\n\n## Start\n\n[Lesson](lessons/01-one/), "
    "![The loss by step](docs/reference/01-one/loss.png)\n\n"
    "| | lesson | what | result | time |\n|---|---|---|---|---|\n"
    "| | [1](lessons/01-one/README.md) | counts | all ones | 3 s, 4 MiB |\n";

// Writes the small book's files into the folder that the test is in.
static void write_small_book(void) {
    const char *folders[] = { "common",
                              "docs",
                              "docs/reference",
                              "docs/reference/01-one",
                              "docs/reference/01-one/samples",
                              "lessons",
                              "lessons/01-one",
                              "lessons/02-two",
                              "fonts",
                              "plots" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        mkdir(folders[i], 0777); // it may exist
    }
    write_text("docs/book.txt", small_order);
    write_text("README.md", small_table);
    write_text("guide.md", "# A guide\n");
    write_text("LICENSE", "free\n");
    write_text("common/sum.h", small_header);
    write_text("common/sum.c", small_source);
    write_text("common/mean.h", "/*\n# Means\n*/\nfloat mean(int n);\n");
    write_text("lessons/01-one/one.c", small_lesson);
    write_text("lessons/01-one/README.md", "# One\n");
    write_text("lessons/02-two/two.c", small_lesson_2);
    write_text("fonts/STIXMath-Regular.otf", "font");
    write_text("docs/reference/01-one/loss.png", "png");
    write_text("docs/reference/01-one/samples/grid.png", "png");
    write_text("plots/plot.sh", "echo \"$1 $2 $3\" >\"$4/loss.svg\"\n");
}

// Runs the weave over the small book.
static char *weave_it(int *status) {
    return shell(status, "sh '%s' build/book", weave);
}

static void enter_small_book(void) {
    char root[1024];
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    snprintf(weave, sizeof weave, "%s/docs/weave.sh", root);
    enter_folder();
    setenv("FONTS", "fonts", 1);
    write_small_book();
}

static void assert_shows(const char *path, const char *const *parts) {
    char *page = text_of(path);
    for (; *parts; parts++) {
        ck_assert_msg(count(page, *parts) == 1, "%s holds '%s' %d times", path, *parts,
                      count(page, *parts));
    }
    free(page);
}
#define SHOWS(path, ...) assert_shows(path, (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(prose_and_program) {
    enter_small_book();
    int status;
    char *output = weave_it(&status);
    ck_assert_msg(status == 0 && *output == '\0', "%d: %s", status, output);
    free(output);
    compare_program("build/book");
    SHOWS("build/book/sum.html", "<html lang=", "<meta name=\"viewport\"",
          "<title>Sums, a &amp; ‘more’ · The small book</title>",
          "<h1>Sums, <code>a</code> &amp; ‘more’</h1>", "the &lt;sum&gt; is",
          "<math display=\"inline\"", "<math display=\"block\"",
          "<mi mathvariant=\"normal\">out</mi>", "<mi mathvariant=\"normal\">col2im</mi>",
          "<mo stretchy=\"false\" form=\"prefix\">(</mo>",
          "<mo stretchy=\"true\" form=\"prefix\">(</mo>",
          "<pre tabindex=\"0\" role=\"group\" aria-label=\"Code\"><code>int indented_in_prose = "
          "1;</code></pre>",
          "# a fenced line", ">return</span>", "data-file=\"common/sum.h\"",
          "data-file=\"common/sum.c\"", "id=\"the-loop\"", "<a href=\"#the-loop\">Up</a>",
          ">one</a>", "<a href=\"01-one.html\">one again</a>",
          "<a href=\"introduction.html#start\">home</a>", " the rest.</p>", "<p>The end.</p>",
          "<p>Really.</p>");
    SHOWS("build/book/01-one.html", "<img src=\"01-one/loss.svg\"", ">What to see, in <em>two</em>",
          "<img src=\"01-one/grid.png\"", "alt=\"Samples of ones.\"");
    SHOWS("build/book/introduction.html", "<a href=\"01-one.html\">Lesson</a>",
          "src=\"01-one/loss.png\"");
    SHOWS("build/book/index.html", "<p>One paragraph.</p>", ">Part I: numbers</h2>",
          "<a href=\"01-one.html\">One</a></h3>", "<p>What is <em>one</em>?</p>",
          "alt=\"A grid of ones\"", "<p>all ones</p>", "<p>3 s, 4 MiB</p>", ">The library</h2>",
          ">sums/: adding</h3>", "<a href=\"introduction.html\">Introduction</a></li>");
    SHOWS("build/book/01-one/loss.svg", "01-one docs/reference/01-one svg");
}
END_TEST

START_TEST(the_way_through) {
    enter_small_book();
    int status;
    free(weave_it(&status));
    ck_assert_int_eq(status, 0);
    char *page = text_of("build/book/01-one.html");
    ck_assert_int_eq(count(page, "<a href=\"introduction.html\" rel=\"prev\">Introduction</a>"), 2);
    ck_assert_int_eq(count(page, "<a href=\"index.html\">Contents</a>"), 2);
    ck_assert_int_eq(count(page, "<a href=\"02-two.html\" rel=\"next\">Two</a>"), 2);
    free(page);
    // Neither from the lessons to the guides nor from the guides to the library.
    static const char *const ways[][3] = {
        { "02-two", "rel=\"prev\"", "rel=\"next\"" },
        { "guide", "", "rel=\"prev\"" },
        { "guide", "", "rel=\"next\"" },
        { "sum", "rel=\"next\"", "rel=\"prev\"" },
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char path[100];
        snprintf(path, sizeof path, "build/book/%s.html", ways[i][0]);
        page = text_of(path);
        ck_assert_msg(strstr(page, ways[i][1]) && !strstr(page, ways[i][2]), "%s: %s, %s", path,
                      ways[i][1], ways[i][2]);
        free(page);
    }
    char *found =
        shell(&status, "grep -il -e '<script' -e 'src=\"http' -e '@import' -r build/book");
    ck_assert_str_eq(found, "");
    free(found);
}
END_TEST

// A name in prose leads to the line that declares it, but not where the chapter has a function that
// is called so, and not within another link. An option is marked as one.
START_TEST(names_lead_to_declarations) {
    enter_small_book();
    int status;
    char *output = weave_it(&status);
    ck_assert_msg(status == 0 && *output == '\0', "%d: %s", status, output);
    free(output);
    SHOWS("build/book/01-one.html",
          "<a href=\"sum.html#code-2-2\" class=\"function\"><code>sum</code></a>",
          "<a href=\"sum.html#code-2-2\" class=\"function\"><code>sum()</code></a>",
          "<a href=\"mean.html#code-1-1\" class=\"function\"><code>mean</code></a>",
          " <code>suma</code>", "<a href=\"sum.html\">see <code>sum</code></a>");
    SHOWS("build/book/02-two.html", "<p><code>mean</code> is not <a");
    SHOWS("build/book/sum.html", "<span id=\"code-2-2\">");
    SHOWS("build/book/02-two.html", "<code class=\"option\">--seed 2</code>, <code>-9</code>");
}
END_TEST

// What a file includes is folded away; its name stands over the first lines that are not.
START_TEST(includes_are_folded) {
    enter_small_book();
    int status;
    free(weave_it(&status));
    ck_assert_int_eq(status, 0);
    char *page = text_of("build/book/sum.html");
    char *fold = strstr(page, "<summary>What <code>sum.c</code> includes</summary>");
    ck_assert_ptr_nonnull(fold);
    char *end = strstr(fold, "</details>"), *rest = strstr(fold, "data-file=\"common/sum.c\"");
    ck_assert_ptr_nonnull(end);
    ck_assert_ptr_nonnull(rest);
    ck_assert(end < rest && strstr(fold, "&lt;math.h&gt;") < end && strstr(rest, " used"));
    ck_assert_int_eq(count(page, "<summary>What <code>sum.h</code> includes</summary>"), 1);
    free(page);
}
END_TEST

// The sections stand beside a chapter, and folded above it for narrow windows.
START_TEST(sections_stay_in_view) {
    enter_small_book();
    int status;
    free(weave_it(&status));
    ck_assert_int_eq(status, 0);
    SHOWS("build/book/sum.html", "<nav class=\"sections beside\"", "<details class=\"sections\">");
    char *page = text_of("build/book/sum.html");
    ck_assert_int_eq(count(page, "<a href=\"#the-loop\">The loop</a>"), 2);
    ck_assert_int_eq(count(page, "id=\"toc-"), 0);
    free(page);
    page = text_of("build/book/index.html");
    ck_assert_int_eq(count(page, "class=\"sections"), 0);
    free(page);
}
END_TEST

// A font for formulas comes with the book; where there is none, the book says how to get one. A bar
// over two letters is as long as they are.
START_TEST(formulas_have_a_font) {
    enter_small_book();
    write_text("guide.md", "# A guide\n\n$\\overline{dy}$\n");
    int status;
    free(weave_it(&status));
    ck_assert_int_eq(status, 0);
    SHOWS("build/book/maths.otf", "font");
    SHOWS("build/book/index.html", "SIL Open Font License");
    SHOWS("build/book/style.css", "url(maths.otf)");
    SHOWS("build/book/guide.html", "<mo accent=\"true\" stretchy=\"true\">‾</mo>");
    char *found = shell(&status, "grep -a -c fonts/maths.otf build/book/book.epub");
    ck_assert_int_eq(status, 0);
    free(found);
    setenv("FONTS", "nowhere", 1);
    char *output = weave_it(&status);
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(output,
                     "note: formulas are set in whatever font the reader has; \"make deps\" "
                     "installs one for them (fonts-stix)\n");
    free(output);
    ck_assert_int_ne(access("build/book/maths.otf", R_OK), 0);
    char *page = text_of("build/book/index.html");
    ck_assert_int_eq(count(page, "SIL Open Font License"), 0);
    free(page);
}
END_TEST

// The EPUB holds all chapters and figures, and its links stay within it.
START_TEST(one_file_for_a_reading_device) {
    enter_small_book();
    int status;
    free(weave_it(&status));
    ck_assert_int_eq(status, 0);
    char *output =
        shell(&status, "pandoc --quiet -f epub -t html --wrap=none build/book/book.epub >all");
    ck_assert_msg(status == 0 && *output == '\0', "%d: %s", status, output);
    free(output);
    SHOWS("all", "alt=\"Samples of ones.\"", ">Means</h2>", "<p>Really.</p>",
          ">Part I: numbers</h1>", ">one again</a>", "int indented_in_prose");
    output = shell(&status, "grep -o 'href=\"[^#][^\"]*\"' all");
    ck_assert_str_eq(output, "");
    free(output);
}
END_TEST

// Pandoc as it is where --mathml is deprecated, or where it is all that there is.
START_TEST(formulas_with_any_pandoc) {
    static const struct {
        const char *help, *option;
    } pandocs[] = { { "--mathml --math-method=METHOD", "--math-method=mathml" },
                    { "--mathml", "--mathml" } };
    char root[1024];
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    enter_folder();
    for (int i = 0; i < 2; i++) {
        char script[200];
        mkdir("bin", 0777);
        snprintf(script, sizeof script, "#!/bin/sh\necho '%s'\n", pandocs[i].help);
        write_text("bin/pandoc", script);
        chmod("bin/pandoc", 0755);
        int status;
        char *output = shell(&status, "PATH=$PWD/bin:$PATH; . '%s/docs/shell.sh' && mathml", root);
        output[strcspn(output, "\n")] = '\0';
        ck_assert_str_eq(output, pandocs[i].option);
        free(output);
    }
}
END_TEST

// By keyboard and by ear: landmarks have different names, what may scroll can be reached, and no
// table header is empty.
START_TEST(reached_by_keyboard_and_ear) {
    enter_small_book();
    write_text("README.md", "# Begin\n\n## Start\n\n| | a |\n|---|--:|\n| x | 1 |\n\n"
                            "| b |\n|---|\n| y |\n\n$$x$$\n\nLong "
                            "$a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 = b$, short $a_1 = b$.\n");
    int status;
    char *output = weave_it(&status);
    ck_assert_msg(status == 0 && *output == '\0', "%d: %s", status, output);
    free(output);
    static const char *const pages[] = { "introduction", "sum", "01-one", "index" };
    for (int i = 0; i < 4; i++) {
        char path[100];
        snprintf(path, sizeof path, "build/book/%s.html", pages[i]);
        output = shell(&status,
                       "grep -o '<nav[^>]*label=\"[^\"]*' %s | sed 's/.*\"//' | sort | "
                       "uniq -d; grep -c '<main' %s",
                       path, path);
        ck_assert_str_eq(output, "1\n");
        free(output);
        output = shell(&status,
                       "grep -e '<pre' -e 'class=\"wide' -e '<math display=\"block\"' %s"
                       " | grep -v 'tabindex=\"0\"'; grep -E '<th[^e>]*></th>' %s",
                       path, path);
        ck_assert_str_eq(output, "");
        free(output);
    }
    char *page = text_of("build/book/introduction.html");
    static const char box[] =
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table>";
    ck_assert_int_eq(count(page, box), 2);
    ck_assert_int_eq(count(page, "</table></div>"), 2);
    free(page);
    SHOWS("build/book/introduction.html", "<td></td>", ">a</th>",
          "aria-label=\"Formula\"><math display=\"block\"",
          "Long <span class=\"formula\" tabindex=\"0\" role=\"group\" aria-label=\"Formula\"><math",
          "short <math display=\"inline\" xmlns");
    SHOWS("build/book/01-one.html",
          "<div class=\"wide drawn\" tabindex=\"0\" role=\"group\" aria-label=\"Figure\"><img "
          "src=\"01-one/loss.svg\"");
    SHOWS("build/book/sum.html", "aria-label=\"Code from common/sum.c\"");
}
END_TEST

// --- what is refused -----------------------------------------------------------------------------

// With this text in this file, the weave must end with this line and leave nothing behind.
static const struct {
    const char *path, *text, *error;
} refusals[] = {
    { "common/sum.c", "/*\nNo end.\n\nint x;\n",
      "error: common/sum.c:1: the prose that begins here is never closed" },
    { "common/sum.c", "/*\nNo end.\n\nint x;\n\n/*\nThe next.\n*/\n",
      "error: common/sum.c:1: the prose that begins here is not closed before the next begins" },
    { "common/sum.c", "int x;\n/* \nA space.\n*/\n",
      "error: common/sum.c:2: /* begins prose only" },
    { "common/sum.c", "/*\nIt ends $w^*/2$ here.\n*/\n", "error: common/sum.c:2: */ may only end" },
    { "common/sum.c", "/*\nAt the end. */\n", "error: common/sum.c:2: */ may only end" },
    { "common/sum.c", "/*\nA space.\n*/ \n", "error: common/sum.c:3: */ may only end" },
    { "common/sum.c", "/*\nText\n\n```c\nint x;\n*/\nint y;\n",
      "error: common/sum.c:4: the fenced block that opens here is not closed" },
    { "README.md", "# Begin\n\n~~~\n```\n", "error: README.md:3: the fenced block" },
    { "common/sum.c", "/*\n# Another title\n*/\n",
      "error: common/sum.c:2: chapter sum has a \"# Title\"" },
    { "README.md", "Text.\n", "error: README.md:1: chapter introduction has no \"# Title\"" },
    { "README.md", "# Begin\n\n$$ \\foo{x $$\n",
      "error: chapter introduction: [WARNING] Could not convert" },
    { "README.md", "# Begin\n\n![A figure from elsewhere](https://example.org/x.png)\n",
      "error: chapter introduction: shows https://example.org/x.png, which is no file" },
    { "lessons/01-one/one.c", "/*\n# One\n\n![A figure that is lost.](lost.svg)\n*/\n",
      "error: chapter 01-one shows 01-one/lost.svg, which does not exist" },
    { "README.md", "# Begin\n\n[x](lost.html)\n",
      "error: chapter introduction links to lost.html, which does not exist" },
    { "README.md", "# Begin\n\n[x](sum.html#lost)\n",
      "error: chapter introduction links to sum.html#lost, which does not exist" },
    { "README.md", "# Begin\n\n## Start\n\n[x](docs/lost.md)\n",
      "error: chapter introduction: links to docs/lost.md, which is neither a chapter nor a file" },
    { "lessons/01-one/one.c", "/*\n# One\n\n![Samples.](grid.png)\n*/\n",
      "error: chapter 01-one: shows grid.png and does not say in words" },
    { "docs/book.txt", "chapters sum common/sum.h\n", "error: docs/book.txt:1: expected title" },
    { "docs/book.txt", "shows x.png\n", "error: docs/book.txt:1: expected title" },
    { "docs/book.txt", "chapter Sum common/sum.h\n",
      "error: docs/book.txt:1: a chapter cannot be called Sum" },
    { "docs/book.txt", "chapter a common/sum.h\nchapter a common/sum.c\n",
      "error: docs/book.txt:2: another chapter is called a" },
    { "docs/book.txt", "chapter a common/sum.h\nchapter b common/sum.h\n",
      "error: docs/book.txt:2: chapter b: common/sum.h stands in a chapter already" },
    { "plots/plot.sh", "echo 'error: no gnuplot' >&2; exit 1\n",
      "error: chapter 01-one: no gnuplot" },
};

START_TEST(refused) {
    enter_small_book();
    write_text(refusals[_i].path, refusals[_i].text);
    int status;
    char *output = weave_it(&status);
    ck_assert_msg(status == 1, "case %d: status %d: %s", _i, status, output);
    ck_assert_msg(strncmp(output, "error: ", 7) == 0 && strstr(output, refusals[_i].error),
                  "case %d: '%s' is not in: %s", _i, refusals[_i].error, output);
    free(output);
    output = shell(&status, "ls -A build");
    ck_assert_str_eq(output, "");
    free(output);
}
END_TEST

// A lesson's exercises stand in its chapter, before main.c, with formulas; hints, file and solution are folded.
START_TEST(exercises_are_folded) {
    enter_small_book();
    mkdir("lessons/01-one/exercises", 0777);
    write_text("lessons/01-one/main.c", "/*\n## The program\n*/\nint main(void);\n");
    write_text("docs/book.txt",
               "title A book\nchapter 01-one lessons/01-one/one.c lessons/01-one/main.c\n");
    for (int i = 2; i < 12; i += 8) { // 2 comes before 10
        char path[100], text[200];
        snprintf(path, sizeof path, "lessons/01-one/exercises/%d-sum.md", i);
        snprintf(text, sizeof text,
                 "# Sum %d\n\nWrite $x_%d$.\n\n## Hint\n\nAdd $y_%d$.\n\n## Hint\n\n`x += y %d;`\n",
                 i, i, i, i);
        write_text(path, text);
        snprintf(path, sizeof path, "lessons/01-one/exercises/%d-sum.c", i);
        write_text(path, "// Begin here.\nint hole;\n");
        snprintf(path, sizeof path, "lessons/01-one/exercises/%d-sum.solution.c", i);
        write_text(path, "int solved(void);\n");
    }
    int status;
    char *output = weave_it(&status);
    ck_assert_msg(status == 0 && *output == '\0', "%d: %s", status, output);
    free(output);
    compare_program("build/book");
    SHOWS("build/book/01-one.html", ">Exercises that answer</h2>", "id=\"exercise-1.2\"",
          ">1.2 Sum 2</h3>", ">1.10 Sum 10</h3>", "<code>x += y 2;</code>");
    char *page = text_of("build/book/01-one.html");
    ck_assert_int_eq(count(page, "<math display=\"inline\""), 4);
    ck_assert_int_eq(count(page, "<details><summary>Hint 1</summary>"), 2);
    ck_assert_int_eq(count(page, "<details><summary>Hint 2</summary>"), 2);
    ck_assert_int_eq(count(page, "<details><summary>The file</summary>"), 2);
    ck_assert_int_eq(count(page, "<details><summary>Solution</summary>"), 2);
    ck_assert_int_eq(count(page, "</details>"), 1 + 8); // the contents, too
    ck_assert_int_eq(count(page, "@@"), 0);
    const char *first = strstr(page, ">1.2 Sum"), *second = strstr(page, ">1.10 Sum");
    ck_assert(first < second && second < strstr(page, ">The program</h2>"));
    free(page);
}
END_TEST

// Someone who adds chapters wants to hear of all that are missing, and to keep the book that there
// is.
START_TEST(all_at_once_and_the_old_book_stays) {
    enter_small_book();
    int status;
    free(weave_it(&status));
    ck_assert_int_eq(status, 0);
    write_text("docs/book.txt",
               "chapter a common/a.h common/a.c\nchapter sum common/sum.h\nchapter b b.md\n");
    char *output = weave_it(&status);
    ck_assert_int_eq(status, 1);
    ck_assert_str_eq(output, "error: docs/book.txt:1: chapter a: there is no file common/a.h\n"
                             "error: docs/book.txt:1: chapter a: there is no file common/a.c\n"
                             "error: docs/book.txt:3: chapter b: there is no file b.md\n");
    free(output);
    SHOWS("build/book/01-one.html", "<h1>One</h1>");
}
END_TEST

// The book's folder is replaced as a whole: not one that holds something else.
START_TEST(another_folder_is_not_replaced) {
    enter_small_book();
    int status;
    char *output = shell(&status, "sh '%s' common", weave);
    ck_assert_int_eq(status, 1);
    ck_assert_str_eq(output, "error: common exists and is not a book; choose another folder\n");
    ck_assert_int_eq(access("common/sum.c", R_OK), 0);
    free(output);
}
END_TEST

START_TEST(without_pandoc) {
    enter_small_book();
    int status;
    char *output = shell(&status, "PATH=/nowhere /bin/sh '%s' build/book", weave);
    ck_assert_int_eq(status, 1);
    ck_assert_str_eq(
        output,
        "error: the book needs pandoc, which is not installed; \"make deps\" installs it\n");
    free(output);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("book");
    CASE(s, "order", every_source_stands_in_one_chapter, every_file_of_the_order_exists,
         diagrams_share_one_style);
    CASE(s, "weave", prose_and_program, the_way_through, names_lead_to_declarations,
         includes_are_folded, sections_stay_in_view, formulas_have_a_font,
         one_file_for_a_reading_device, formulas_with_any_pandoc, reached_by_keyboard_and_ear,
         all_at_once_and_the_old_book_stays, another_folder_is_not_replaced, without_pandoc);
    TCase *whole = tcase_create("whole");
    tcase_set_timeout(whole, 600);
    tcase_add_test(whole, the_book_shows_every_line_once);
    suite_add_tcase(s, whole);
    CASE(s, "exercises", exercises_are_folded);
    TCase *cases = tcase_create("refusals");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, refused, 0, sizeof refusals / sizeof *refusals);
    suite_add_tcase(s, cases);
    return s;
}
