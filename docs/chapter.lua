-- What pandoc does to a text between reading and writing it: pandoc --lua-filter=docs/chapter.lua -M chapter=NAME -M woven=FOLDER
--
-- A link to a file, which works where the file is read in the repository, becomes a link to the page that holds it; one to a file
-- that is in no chapter becomes plain text. A figure is found in the folder that is named after its lesson, and says in words what
-- it shows. The name of a function of common/ leads to its declaration, unless the chapter has a function of that name itself.
-- A short option stays on one line. Includes are folded away. Without a chapter's name the texts of all of them become one, for
-- the EPUB.

local page, folder, order, names = {}, {}, {}, {}

for line in io.lines("docs/book.txt") do
    local word, rest = line:match("^(%l+) +(.*)")
    if word == "part" then
        order[#order + 1] = { part = rest }
    elseif word == "chapter" then
        local name
        for path in rest:gmatch("%S+") do
            if name then
                local directory = path:gsub("[^/]*$", "")
                page[path] = name .. ".html"
                folder[name] = folder[name] or directory
                if path:match("^lessons/") then
                    page[directory], page[directory .. "README.md"] = page[path], page[path]
                end
            else
                name = path
                order[#order + 1] = { name = name }
            end
        end
    end
end

local function refuse(why)
    io.stderr:write(why .. "\n")
end

local function normal(path)
    local n
    repeat
        path, n = path:gsub("[^/]+/%.%./", "", 1)
    until n == 0
    return (path:gsub("^%./", ""))
end

local function exists(path)
    local file = io.open(path)
    return file and file:close()
end

-- Without the links to functions, where a link or a list of contents is all around.
local function unlinked(content)
    return pandoc.walk_block(pandoc.Plain(content), {
        Link = function(link) return link.classes:includes("function") and link.content or nil end
    }).content
end

local function touch(doc, chapter)
    local own = {} -- functions that the chapter defines
    local here = folder[chapter] or ""
    doc = pandoc.walk_block(pandoc.Div(doc.blocks), {
        CodeBlock = function(block)
            for line in ("\n" .. block.text):gmatch("\n(%a[^\n]*)") do
                local name = line:match("^[%w_ *]-([%w_]+)%(")
                if name then own[name] = true end
            end
            if block.classes:includes("includes") then
                local file = block.attributes.file
                block.attributes.file = nil
                return {
                    pandoc.RawBlock("html", "<details class=\"includes\"><summary>What <code>" .. file:match("[^/]*$") ..
                        "</code> includes</summary>"),
                    block, pandoc.RawBlock("html", "</details>") }
            end
        end
    })
    return pandoc.walk_block(doc, {
        Code = function(code)
            local name = code.text:match("^([%w_]+)$") or code.text:match("^([%w_]+)%(%)$")
            local place = name and names[name]
            if place and not own[name] and place.chapter ~= chapter then
                return pandoc.Link({ code }, place.chapter .. ".html#" .. place.id, "", { class = "function" })
            end
            if code.text:match("^%-%-") and #code.text <= 24 then
                code.classes:insert("option")
                return code
            end
        end,
        Link = function(link)
            if link.classes:includes("function") then return end
            link.content = unlinked(link.content)
            local target, hash = link.target:match("^([^#]*)(.*)")
            if target == "" or target:match("^%a+:") or target:match("^[%w_-]+%.html$") or target:match("%.epub$") then return link end
            local path = normal(here .. target)
            if page[path] then
                link.target = page[path] .. hash
                return link
            end
            if not exists(path) then refuse("links to " .. target .. ", which is neither a chapter nor a file") end
            return link.content
        end,
        Header = function(header)
            header.content = unlinked(header.content)
            return header
        end,
        Image = function(image)
            local words = select(2, pandoc.utils.stringify(image.caption):gsub("%w+", ""))
            if words < 3 then refuse("shows " .. image.src .. " and does not say in words what is to be seen") end
            if image.src:match("^%a+:") then
                refuse("shows " .. image.src .. ", which is no file of the course")
                return image.caption
            end
            image.src = normal(here .. image.src):gsub("^docs/reference/", ""):gsub("^lessons/", ""):gsub("^docs/", "")
                :gsub("/samples/", "/")
            return image
        end
    }).content
end

-- In one file a place's name has its chapter's before it, and headings are one level lower: parts are the highest. Pandoc does not
-- know in which of an EPUB's pages a line of code stands, so a function's name leads to its chapter.
local function joined(blocks, chapter)
    local function place(element)
        if element.identifier ~= "" then element.identifier = chapter .. "--" .. element.identifier end
        return element
    end
    return pandoc.walk_block(pandoc.Div(blocks), {
        Header = function(header)
            header.level = header.level + 1
            return place(header)
        end,
        CodeBlock = place, Div = place, Span = place,
        Link = function(link)
            local to, hash = link.target:match("^([%w_-]+)%.html#?(.*)")
            if not to then to, hash = chapter, link.target:match("^#(.*)") end
            if hash then link.target = "#" .. to .. (hash ~= "" and not hash:match("^code-") and "--" .. hash or "") end
            return link
        end
    }).content
end

local function text(path)
    local file = assert(io.open(path))
    local all = file:read("a")
    file:close()
    return all
end

function Pandoc(doc)
    local function meta(key)
        return doc.meta[key] and pandoc.utils.stringify(doc.meta[key])
    end
    for name, chapter, id in text(meta("woven") .. "/names"):gmatch("(%S+) (%S+) (%S+)\n") do
        names[name] = names[name] or { chapter = chapter, id = id }
    end
    if meta("chapter") then
        doc.blocks = touch(doc, meta("chapter"))
        return doc
    end
    local titles = io.lines(meta("woven") .. "/titles")
    for _, at in ipairs(order) do
        if at.part then
            doc.blocks:insert(pandoc.Header(1, at.part))
        else
            local title = pandoc.read(titles(), meta("reader")).blocks[1].content
            local chapter = pandoc.read(text(meta("woven") .. "/" .. at.name .. ".md"), meta("reader"))
            doc.blocks:insert(pandoc.Header(2, title, { id = at.name }))
            doc.blocks:extend(joined(touch(chapter, at.name), at.name))
        end
    end
    return doc
end
