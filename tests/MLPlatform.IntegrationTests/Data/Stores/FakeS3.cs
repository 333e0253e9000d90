using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace MLPlatform.IntegrationTests.Data.Stores;

#pragma warning disable CA5351 // The API's entity tags and checksums of requests are MD5.

/// <summary>
/// A store with the S3 API, in path style and in memory, written from the API's description: objects, ranges, conditions,
/// listing by pages, multipart uploads. Every signature (version 4) and checksum that comes is checked.
/// </summary>
internal sealed class FakeS3 : FakeServer
{
    public const string AccessKey = "AKIDEXAMPLE", SecretKey = "very/secret+key", Bucket = "data";
    private const int PageSize = 3;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Stored> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Upload> _uploads = [];

    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_gate)
                return [.. _objects.Keys];
        }
    }

    public int OpenUploads => _uploads.Count;

    public byte[] this[string key]
    {
        get => _objects[key].Bytes;
        set => Store(key, value, [], null);
    }

    /// <summary>Called after each answered range, for changing things under the reader.</summary>
    public Action<string>? Read { get; set; }

    protected override async Task AnswerAsync(HttpContext context, string path, string query)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        byte[] bytes = body.ToArray();
        if (Refusal(context.Request, path, query, bytes) is { } refused)
        {
            await ErrorAsync(context, HttpStatusCode.Forbidden, refused);
            return;
        }
        string[] parts = path.TrimStart('/').Split('/', 2);
        if (parts[0] != Bucket)
        {
            await ErrorAsync(context, HttpStatusCode.NotFound, "NoSuchBucket");
            return;
        }
        Dictionary<string, string> asked = Query(query);
        string key = parts.Length == 1 ? "" : Uri.UnescapeDataString(parts[1]);
        if (context.Request.Headers["Content-MD5"].ToString() is { Length: > 0 } md5 && md5 != Convert.ToBase64String(MD5.HashData(bytes)))
            await ErrorAsync(context, HttpStatusCode.BadRequest, "BadDigest");
        else
            await AnswerAsync(context, key, asked, bytes);
    }

    private Task AnswerAsync(HttpContext context, string key, Dictionary<string, string> asked, byte[] bytes) => (context.Request.Method, asked) switch
    {
        ("GET", _) when key.Length == 0 => ListAsync(context, asked),
        ("GET" or "HEAD", _) => GetAsync(context, key),
        ("PUT", { Count: > 0 }) when asked.ContainsKey("partNumber") => PartAsync(context, asked, bytes),
        ("PUT", _) => PutAsync(context, key, bytes),
        ("POST", _) when asked.ContainsKey("uploads") => BeginAsync(context, key),
        ("POST", _) => CompleteAsync(context, key, asked, bytes),
        ("DELETE", _) when asked.TryGetValue("uploadId", out string? upload) => DoneAsync(context, 204, () => _uploads.Remove(upload)),
        ("DELETE", _) => DoneAsync(context, 204, () => _objects.Remove(key)),
        _ => ErrorAsync(context, HttpStatusCode.MethodNotAllowed, "MethodNotAllowed"),
    };

    private async Task GetAsync(HttpContext context, string key)
    {
        Stored? stored;
        lock (_gate)
            _objects.TryGetValue(key, out stored);
        if (stored is null)
        {
            await ErrorAsync(context, HttpStatusCode.NotFound, "NoSuchKey");
            return;
        }
        if (context.Request.Headers.IfMatch.ToString() is { Length: > 0 } match && match.Trim('"') != stored.Tag.Trim('"'))
        {
            await ErrorAsync(context, HttpStatusCode.PreconditionFailed, "PreconditionFailed");
            return;
        }
        (int from, int to) = (0, stored.Bytes.Length - 1);
        if (context.Request.Headers.Range.ToString() is ['b', 'y', 't', 'e', 's', '=', .. var range])
        {
            string[] ends = range.Split('-');
            (from, to) = (int.Parse(ends[0], CultureInfo.InvariantCulture), Math.Min(to, int.Parse(ends[1], CultureInfo.InvariantCulture)));
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{to}/{stored.Bytes.Length}";
        }
        context.Response.Headers.ETag = stored.Tag;
        context.Response.Headers.LastModified = "Wed, 12 Oct 2011 17:50:00 GMT";
        foreach ((string name, string value) in stored.Metadata)
            context.Response.Headers[name] = value;
        context.Response.ContentLength = to - from + 1;
        if (context.Request.Method != "HEAD")
            await context.Response.Body.WriteAsync(stored.Bytes.AsMemory(from, to - from + 1));
        Read?.Invoke(key);
    }

    private Task PutAsync(HttpContext context, string key, byte[] bytes)
    {
        context.Response.Headers.ETag = Store(key, bytes, Metadata(context), null);
        return Task.CompletedTask;
    }

    private async Task ListAsync(HttpContext context, Dictionary<string, string> asked)
    {
        string prefix = asked.GetValueOrDefault("prefix", ""), after = asked.GetValueOrDefault("continuation-token", "");
        List<KeyValuePair<string, Stored>> found;
        lock (_gate)
            found = [.. _objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(o.Key, after) > 0)];
        bool more = found.Count > PageSize;
        await XmlAsync(context, Element("ListBucketResult", Element("Name", Bucket), Element("Prefix", prefix), Element("IsTruncated", more ? "true" : "false"),
            more ? Element("NextContinuationToken", found[PageSize - 1].Key) : null,
            found.Take(PageSize).Select(o => Element("Contents", Element("Key", o.Key), Element("LastModified", "2011-10-12T17:50:00.000Z"),
                Element("ETag", o.Value.Tag), Element("Size", o.Value.Bytes.Length.ToString(CultureInfo.InvariantCulture)), Element("StorageClass", "STANDARD")))));
    }

    private async Task BeginAsync(HttpContext context, string key)
    {
        string id = Guid.NewGuid().ToString("N");
        lock (_gate)
            _uploads[id] = new Upload(key, Metadata(context), []);
        await XmlAsync(context, Element("InitiateMultipartUploadResult", Element("Bucket", Bucket), Element("Key", key), Element("UploadId", id)));
    }

    private async Task PartAsync(HttpContext context, Dictionary<string, string> asked, byte[] bytes)
    {
        bool known;
        lock (_gate)
        {
            known = _uploads.TryGetValue(asked["uploadId"], out Upload? upload);
            if (known)
                upload!.Parts[int.Parse(asked["partNumber"], CultureInfo.InvariantCulture)] = bytes;
        }
        if (!known)
            await ErrorAsync(context, HttpStatusCode.NotFound, "NoSuchUpload");
        else
            context.Response.Headers.ETag = $"\"{Convert.ToHexStringLower(MD5.HashData(bytes))}\"";
    }

    private async Task CompleteAsync(HttpContext context, string key, Dictionary<string, string> asked, byte[] bytes)
    {
        List<(int Number, string Tag)> told = [.. XDocument.Parse(Encoding.UTF8.GetString(bytes)).Root!.Elements().Select(p =>
            (int.Parse(p.Elements().Single(e => e.Name.LocalName == "PartNumber").Value, CultureInfo.InvariantCulture), p.Elements().Single(e => e.Name.LocalName == "ETag").Value.Trim('"')))];
        string? problem = null, tag = null;
        lock (_gate)
        {
            if (!_uploads.TryGetValue(asked["uploadId"], out Upload? upload))
                problem = "NoSuchUpload";
            else if (told.Any(t => !upload.Parts.TryGetValue(t.Number, out byte[]? part) || Convert.ToHexStringLower(MD5.HashData(part)) != t.Tag))
                problem = "InvalidPart";
            else if (told.SkipLast(1).Any(t => upload.Parts[t.Number].Length < 5 << 20))
                problem = "EntityTooSmall";
            else
            {
                byte[] tags = [.. told.SelectMany(t => Convert.FromHexString(t.Tag))];
                tag = StoreInGate(key, [.. told.SelectMany(t => upload.Parts[t.Number])], upload.Metadata, $"\"{Convert.ToHexStringLower(MD5.HashData(tags))}-{told.Count}\"");
                _uploads.Remove(asked["uploadId"]);
            }
        }
        if (problem is not null)
            await ErrorAsync(context, problem == "NoSuchUpload" ? HttpStatusCode.NotFound : HttpStatusCode.BadRequest, problem);
        else
            await XmlAsync(context, Element("CompleteMultipartUploadResult", Element("Bucket", Bucket), Element("Key", key), Element("ETag", tag!)));
    }

    private Task DoneAsync(HttpContext context, int status, Action act)
    {
        lock (_gate)
            act();
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private string Store(string key, byte[] bytes, Dictionary<string, string> metadata, string? tag)
    {
        lock (_gate)
            return StoreInGate(key, bytes, metadata, tag);
    }

    private string StoreInGate(string key, byte[] bytes, Dictionary<string, string> metadata, string? tag)
    {
        tag ??= $"\"{Convert.ToHexStringLower(MD5.HashData(bytes))}\"";
        _objects[key] = new Stored(bytes, tag, metadata);
        return tag;
    }

    private static Dictionary<string, string> Metadata(HttpContext context) => context.Request.Headers
        .Where(h => h.Key.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase)).ToDictionary(h => h.Key, h => h.Value.ToString());

    // Signature version 4, from its description: what was signed is put together again from the request itself.
    private static string? Refusal(HttpRequest request, string path, string query, byte[] body)
    {
        string header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
            return "AccessDenied";
        Dictionary<string, string> fields = header["AWS4-HMAC-SHA256 ".Length..].Split(',').Select(f => f.Trim().Split('=', 2)).ToDictionary(f => f[0], f => f[1]);
        string[] scope = fields["Credential"].Split('/');
        if (scope[0] != AccessKey)
            return "InvalidAccessKeyId";
        string content = request.Headers["x-amz-content-sha256"].ToString();
        if (content != "UNSIGNED-PAYLOAD" && content != Convert.ToHexStringLower(SHA256.HashData(body)))
            return "XAmzContentSHA256Mismatch";
        string headers = string.Concat(fields["SignedHeaders"].Split(';').Select(h => $"{h}:{(h == "host" ? request.Host.Value : request.Headers[h].ToString().Trim())}\n"));
        string sorted = string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(q => q.Contains('=', StringComparison.Ordinal) ? q : q + "=").Order(StringComparer.Ordinal));
        string canonical = $"{request.Method}\n{path}\n{sorted}\n{headers}\n{fields["SignedHeaders"]}\n{content}";
        string toSign = $"AWS4-HMAC-SHA256\n{request.Headers["x-amz-date"]}\n{string.Join('/', scope[1..])}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + SecretKey);
        foreach (string step in scope[1..])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign))) == fields["Signature"] ? null : "SignatureDoesNotMatch";
    }

    private static Dictionary<string, string> Query(string query) => query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(q => q.Split('=', 2))
        .ToDictionary(q => q[0], q => q.Length == 1 ? "" : Uri.UnescapeDataString(q[1]));

    private static XElement Element(string name, params object?[] content) => new(XName.Get(name, "http://s3.amazonaws.com/doc/2006-03-01/"), content);

    private static Task XmlAsync(HttpContext context, XElement root)
    {
        context.Response.ContentType = "application/xml";
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + root)).AsTask();
    }

    private static Task ErrorAsync(HttpContext context, HttpStatusCode status, string code)
    {
        context.Response.StatusCode = (int)status;
        return context.Request.Method == "HEAD" ? Task.CompletedTask
            : XmlAsync(context, new XElement("Error", new XElement("Code", code), new XElement("Message", $"the fake says {code}")));
    }

    private sealed record Stored(byte[] Bytes, string Tag, Dictionary<string, string> Metadata);

    private sealed record Upload(string Key, Dictionary<string, string> Metadata, SortedDictionary<int, byte[]> Parts);
}
