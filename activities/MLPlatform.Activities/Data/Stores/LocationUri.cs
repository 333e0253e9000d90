namespace MLPlatform.Activities.Data.Stores;

/// <summary>Reads the one-text form of a location.</summary>
internal static class LocationUri
{
    /// <summary>The location with exactly one store; a text is turned into the store that it names.</summary>
    public static Location Resolve(Location location)
    {
        object?[] given = [location.File, location.Postgres, location.S3, location.WebHdfs, location.Uri];
        int count = given.Count(g => g is not null);
        if (count != 1)
            throw StoreErrors.Location($"The location names {(count == 0 ? "no place" : $"{count} places")}. Give one of file, postgres, s3, webHdfs and uri.");
        return location.Uri is { } text ? Parse(text) : location;
    }

    public static Location Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri))
            throw StoreErrors.Location($"'{text}' is no URI such as s3://BUCKET/KEY.");
        // The text itself is not repeated where it may hold a password.
        if (uri.UserInfo.Contains(':', StringComparison.Ordinal))
            throw StoreErrors.Location($"A password must not stand in a URI ({uri.Scheme}://…): it would be seen by everybody who sees the plan. Keep it in an environment variable or a file.");
        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw StoreErrors.Location($"The URI '{text}' has a query or a fragment, which means nothing here. Write the location as an object.");
        string path = Uri.UnescapeDataString(uri.AbsolutePath);
        return uri.Scheme switch
        {
            "file" when uri.Host.Length == 0 => new Location { File = path },
            "s3" when uri.Host.Length > 0 && path.Length > 1 => new Location { S3 = new S3Location { Bucket = uri.Host, Key = path[1..], Endpoint = Variable("AWS_ENDPOINT_URL"), Region = Variable("AWS_REGION") ?? "us-east-1" } },
            "webhdfs" or "swebhdfs" when uri.Host.Length > 0 => new Location
            {
                WebHdfs = new WebHdfsLocation
                {
                    Endpoint = $"{(uri.Scheme == "webhdfs" ? "http" : "https")}://{uri.Host}:{(uri.Port > 0 ? uri.Port : uri.Scheme == "webhdfs" ? 9870 : 9871)}",
                    Path = path,
                    User = uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : Variable("HADOOP_USER_NAME"),
                },
            },
            "postgres" or "postgresql" when path.Split('/') is ["", { Length: > 0 } database, { Length: > 0 } table] => new Location
            {
                Postgres = new PostgresLocation
                {
                    Host = uri.Host.Length > 0 ? uri.Host : "localhost",
                    Port = uri.Port > 0 ? uri.Port : 5432,
                    Database = database,
                    Table = table,
                    User = uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : Variable("PGUSER") ?? throw StoreErrors.Location("The URI names no user, and PGUSER is not set."),
                    Password = Variable("PGPASSWORD") is null ? null : new SecretRef { Env = "PGPASSWORD" },
                },
            },
            _ => throw StoreErrors.Location($"'{text}' is none of file:///PATH, s3://BUCKET/KEY, webhdfs://HOST:PORT/PATH and postgres://USER@HOST:PORT/DATABASE/SCHEMA.TABLE."),
        };
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
