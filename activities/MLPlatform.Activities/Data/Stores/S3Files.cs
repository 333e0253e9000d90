using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>
/// Objects of a store with the S3 API. Reads come in ranges of one version of the object; writes are one request or a
/// multipart upload, which nobody sees before it is complete.
/// </summary>
internal sealed class S3Files : IFileStore
{
    /// <summary>Larger objects are written and read in parts of this size, 8 MiB, or larger ones where 10,000 would not do.</summary>
    public const int PartBytes = 8 << 20;
    private const int MostParts = 9_000, Parallel = 4;
    private const string HashName = "mlp-sha256";

    private readonly S3Location _location;
    private readonly AmazonS3Client _client;
    private readonly bool _isPrefix;

    public S3Files(S3Location location)
    {
        _location = location;
        _isPrefix = location.Key.EndsWith('/');
        FileStores.Checked(location.Key.TrimEnd('/'));
        if (location.Endpoint is { } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"))
            throw StoreErrors.Location($"The S3 endpoint '{endpoint}' is no http or https address.");
        string id = Secrets.Find(location.AccessKey, "S3 access key", "AWS_ACCESS_KEY_ID") ?? throw Missing("access key", "AWS_ACCESS_KEY_ID");
        string key = Secrets.Find(location.SecretKey, "S3 secret key", "AWS_SECRET_ACCESS_KEY") ?? throw Missing("secret key", "AWS_SECRET_ACCESS_KEY");
        string? token = Secrets.Find(location.SessionToken, "S3 session token", "AWS_SESSION_TOKEN");
        AmazonS3Config config = new()
        {
            ForcePathStyle = location.PathStyle ?? location.Endpoint is not null,
            AuthenticationRegion = location.Region,
            // Checksums that stores other than Amazon's may not know are left out; ours are below.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 4,
        };
        if (location.Endpoint is { } own)
            config.ServiceURL = own;
        else
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(location.Region);
        _client = new AmazonS3Client(token is null ? new BasicAWSCredentials(id, key) : new SessionAWSCredentials(id, key, token), config);
    }

    public string Shown => $"s3://{_location.Bucket}/{_location.Key}";

    public async Task<IReadOnlyList<StoredFile>> ListAsync(CancellationToken cancel)
    {
        if (!_isPrefix)
        {
            GetObjectMetadataResponse head = await AskAsync(_location.Key, () => _client.GetObjectMetadataAsync(_location.Bucket, _location.Key, cancel)).ConfigureAwait(false);
            return [new StoredFile(_location.Key[(_location.Key.LastIndexOf('/') + 1)..], head.ContentLength, head.ETag)];
        }
        List<StoredFile> files = [];
        string? next = null;
        do
        {
            ListObjectsV2Request request = new() { BucketName = _location.Bucket, Prefix = _location.Key, ContinuationToken = next };
            ListObjectsV2Response page = await AskAsync(_location.Key, () => _client.ListObjectsV2Async(request, cancel)).ConfigureAwait(false);
            files.AddRange((page.S3Objects ?? []).Where(o => !o.Key.EndsWith('/')).Select(o => new StoredFile(o.Key[_location.Key.Length..], o.Size ?? 0, o.ETag)));
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
        return files.Count == 0 ? throw StoreErrors.NotThere($"object below '{Shown}'") : [.. files.OrderBy(f => f.Name, StringComparer.Ordinal)];
    }

    public async Task FetchAsync(StoredFile file, string local, CancellationToken cancel)
    {
        string key = _isPrefix ? _location.Key + file.Name : _location.Key;
        using Microsoft.Win32.SafeHandles.SafeFileHandle target = File.OpenHandle(local, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        string? hash = null;
        long parts = Math.Max(1, (file.Bytes + PartBytes - 1) / PartBytes);
        await System.Threading.Tasks.Parallel.ForAsync(0L, parts, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancel }, async (part, stop) =>
        {
            long from = part * PartBytes, length = Math.Min(PartBytes, file.Bytes - from);
            // Every range must be of the version that was listed, or parts of two versions would make a file that never was.
            GetObjectRequest request = new() { BucketName = _location.Bucket, Key = key, EtagToMatch = file.Version };
            if (parts > 1)
                request.ByteRange = new ByteRange(from, from + length - 1);
            using GetObjectResponse response = await AskAsync(key, () => _client.GetObjectAsync(request, stop)).ConfigureAwait(false);
            if (part == 0)
                hash = response.Metadata[HashName];
            await WriteAsync(response.ResponseStream, target, from, length, key, stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
        await CheckAsync(target, file, hash, key, cancel).ConfigureAwait(false);
    }

    public async Task PutAsync(string name, string local, CancellationToken cancel)
    {
        string key = KeyOf(name);
        long bytes = new FileInfo(local).Length;
        string hash = await HashAsync(local, cancel).ConfigureAwait(false);
        if (bytes <= PartBytes)
        {
            PutObjectRequest put = new() { BucketName = _location.Bucket, Key = key, FilePath = local, UseChunkEncoding = false };
            put.MD5Digest = await Md5Async(local, 0, bytes, cancel).ConfigureAwait(false);
            put.Metadata[HashName] = hash;
            await AskAsync(key, () => _client.PutObjectAsync(put, cancel)).ConfigureAwait(false);
            return;
        }
        InitiateMultipartUploadRequest start = new() { BucketName = _location.Bucket, Key = key };
        start.Metadata[HashName] = hash;
        string upload = (await AskAsync(key, () => _client.InitiateMultipartUploadAsync(start, cancel)).ConfigureAwait(false)).UploadId;
        try
        {
            CompleteMultipartUploadRequest complete = new() { BucketName = _location.Bucket, Key = key, UploadId = upload, PartETags = [] };
            long size = Math.Max(PartBytes, (bytes + MostParts - 1) / MostParts);
            for (int part = 1; (part - 1) * size < bytes; part++)
                complete.PartETags.Add(await UploadAsync(key, upload, local, part, size, bytes, cancel).ConfigureAwait(false));
            await AskAsync(key, () => _client.CompleteMultipartUploadAsync(complete, cancel)).ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync(key, upload).ConfigureAwait(false);
            throw;
        }
    }

    public async Task<byte[]?> ReadAsync(string name, CancellationToken cancel)
    {
        try
        {
            using GetObjectResponse response = await _client.GetObjectAsync(_location.Bucket, KeyOf(name), cancel).ConfigureAwait(false);
            using MemoryStream bytes = new();
            await response.ResponseStream.CopyToAsync(bytes, cancel).ConfigureAwait(false);
            return bytes.ToArray();
        }
        catch (AmazonS3Exception problem) when (problem is { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" })
        {
            return null;
        }
        catch (Exception problem) when (S3Problem.Describe(problem, Shown) is { } described)
        {
            throw described;
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancel) =>
        AskAsync(name, () => _client.DeleteObjectAsync(_location.Bucket, KeyOf(name), cancel));

    public void Dispose() => _client.Dispose();

    private string KeyOf(string name) => (_isPrefix, name.Length) switch
    {
        (true, 0) => throw StoreErrors.Location($"'{Shown}' is a prefix, and one object is to be written. Add its name."),
        (true, _) => _location.Key + FileStores.Checked(name),
        (false, 0) => _location.Key,
        (false, _) => throw StoreErrors.Location($"'{Shown}' is one object, and several are to be written. End the key with a slash."),
    };

    private async Task<PartETag> UploadAsync(string key, string upload, string local, int part, long size, long bytes, CancellationToken cancel)
    {
        long from = (part - 1) * size, length = Math.Min(size, bytes - from);
        UploadPartRequest request = new()
        {
            BucketName = _location.Bucket,
            Key = key,
            UploadId = upload,
            PartNumber = part,
            FilePath = local,
            FilePosition = from,
            PartSize = length,
            UseChunkEncoding = false,
            MD5Digest = await Md5Async(local, from, length, cancel).ConfigureAwait(false),
        };
        UploadPartResponse response = await AskAsync(key, () => _client.UploadPartAsync(request, cancel)).ConfigureAwait(false);
        return new PartETag(part, response.ETag);
    }

    // What is not complete is not seen, but it is paid for. If even this fails, the bucket's own rule for old uploads is left.
    private async Task AbortAsync(string key, string upload)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        try
        {
            await _client.AbortMultipartUploadAsync(_location.Bucket, key, upload, limit.Token).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The failure that led here is the one to tell.
        }
    }

    private async Task<T> AskAsync<T>(string key, Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception problem) when (S3Problem.Describe(problem, $"s3://{_location.Bucket}/{key}") is { } described)
        {
            throw described;
        }
    }

    private static async Task WriteAsync(Stream source, Microsoft.Win32.SafeHandles.SafeFileHandle target, long from, long length, string key, CancellationToken cancel)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            long written = 0;
            for (int read; (read = await source.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0; written += read)
                await RandomAccess.WriteAsync(target, buffer.AsMemory(0, read), from + written, cancel).ConfigureAwait(false);
            if (written != length)
                throw StoreErrors.Damaged($"The object '{key}'", $"{written} bytes came instead of {length}.");
        }
        catch (AmazonClientException problem)
        {
            // The library compares with the entity tag while it reads.
            throw StoreErrors.Damaged($"The object '{key}'", problem.Message + ".");
        }
        catch (Exception problem) when (problem is IOException or HttpRequestException && problem is not FileNotFoundException && problem.HResult != 28)
        {
            throw StoreErrors.Unreachable($"The object '{key}'", $"the connection broke: {problem.Message}", problem);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Our own hash if the object carries one; else the entity tag where it is the content's MD5, as it is without multipart and encryption.
    private static async Task CheckAsync(Microsoft.Win32.SafeHandles.SafeFileHandle target, StoredFile file, string? hash, string key, CancellationToken cancel)
    {
        string tag = file.Version.Trim('"');
        bool isMd5 = tag.Length == 32 && tag.All(char.IsAsciiHexDigit);
        if (hash is null && !isMd5)
            return;
        using IncrementalHash content = IncrementalHash.CreateHash(hash is null ? HashAlgorithmName.MD5 : HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 17];
        for (long at = 0; at < file.Bytes;)
        {
            int read = await RandomAccess.ReadAsync(target, buffer, at, cancel).ConfigureAwait(false);
            content.AppendData(buffer, 0, read);
            at += read;
        }
        string found = Convert.ToHexStringLower(content.GetHashAndReset());
        if (!string.Equals(found, hash ?? tag, StringComparison.OrdinalIgnoreCase))
            throw StoreErrors.Damaged($"The object '{key}'", "its checksum differs.");
    }

    private static async Task<string> HashAsync(string local, CancellationToken cancel)
    {
        await using FileStream content = File.OpenRead(local);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel).ConfigureAwait(false));
    }

    private static async Task<string> Md5Async(string local, long from, long length, CancellationToken cancel)
    {
        using IncrementalHash content = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        await using FileStream stream = File.OpenRead(local);
        stream.Position = from;
        byte[] buffer = new byte[1 << 17];
        for (long left = length; left > 0;)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancel).ConfigureAwait(false);
            content.AppendData(buffer, 0, read);
            left -= read;
        }
        return Convert.ToBase64String(content.GetHashAndReset());
    }

    private static Core.Activities.ActivityException Missing(string what, string variable) =>
        StoreErrors.Secret($"The S3 {what} is not given: set the variable {variable} where the server is started, or say in the location where it is kept.");
}
