using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>
/// A place outside the platform that data comes from or goes to: exactly one of its keys. Passwords and keys are never in it,
/// only where they are kept.
/// </summary>
public sealed record Location
{
    [ExternalFiles]
    [Description("A file of this machine; to import from also a folder or a glob, to export to also a folder, ending with a slash.")]
    public string? File { get; init; }

    [Description("A table or query of a PostgreSQL database.")]
    public PostgresLocation? Postgres { get; init; }

    [Description("An object, or all objects below a prefix that ends with a slash, of a store with the S3 API.")]
    public S3Location? S3 { get; init; }

    [Description("A file or folder of HDFS, by WebHDFS or HttpFS.")]
    public WebHdfsLocation? WebHdfs { get; init; }

    [Description("The same in one text, with what it leaves out taken from the usual environment variables: file:///PATH, s3://BUCKET/KEY (AWS_*), webhdfs://HOST:PORT/PATH (HADOOP_USER_NAME), postgres://USER@HOST:PORT/DATABASE/SCHEMA.TABLE (PGPASSWORD).")]
    public string? Uri { get; init; }
}

/// <summary>Where a password or key is kept: exactly one of its keys.</summary>
public sealed record SecretRef
{
    [Description("The environment variable of the workers that holds it.")]
    public string? Env { get; init; }

    [ExternalFiles]
    [Description("The file that holds it; a line end at its end does not count.")]
    public string? File { get; init; }
}

public sealed record PostgresLocation
{
    [Description("The server's host. Default: localhost.")]
    public string Host { get; init; } = "localhost";

    [Range(1, 65535)]
    [Description("The server's port. Default: 5432.")]
    public int Port { get; init; } = 5432;

    [Description("The database.")]
    public required string Database { get; init; }

    [Description("The role to log in as.")]
    public required string User { get; init; }

    [Description("Where the role's password is kept. Default: it needs none.")]
    public SecretRef? Password { get; init; }

    [Description("Whether the connection is encrypted. Default: prefer.")]
    public PostgresTls Tls { get; init; } = PostgresTls.Prefer;

    [Description("The table, TABLE or SCHEMA.TABLE. Without a schema it is found by the role's search path.")]
    public string? Table { get; init; }

    [Description("To import from: one query instead of a table.")]
    public string? Query { get; init; }

    [Description("To import from: the columns that rows are ordered by. Without them rows come as the server likes, and the same rows may be another artifact. Default: none.")]
    public IReadOnlyList<string> OrderBy { get; init; } = [];
}

/// <summary>Whether a connection is encrypted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PostgresTls>))]
public enum PostgresTls
{
    [JsonStringEnumMemberName("disable")] Disable,

    /// <summary>Encrypted where the server can; the server's certificate is not checked.</summary>
    [JsonStringEnumMemberName("prefer")] Prefer,

    /// <summary>Always encrypted; the certificate is not checked.</summary>
    [JsonStringEnumMemberName("require")] Require,

    /// <summary>Always encrypted, by a server whose certificate is valid for the host.</summary>
    [JsonStringEnumMemberName("verify")] Verify,
}

public sealed record S3Location
{
    [Description("The store's address, http or https. Default: Amazon's, of the region.")]
    public string? Endpoint { get; init; }

    [Description("The region. Default: us-east-1.")]
    public string Region { get; init; } = "us-east-1";

    [Description("The bucket.")]
    public required string Bucket { get; init; }

    [Description("The object's key; a prefix if it ends with a slash.")]
    public required string Key { get; init; }

    [Description("Where the access key's id is kept. Default: the variable AWS_ACCESS_KEY_ID.")]
    public SecretRef? AccessKey { get; init; }

    [Description("Where the secret key is kept. Default: the variable AWS_SECRET_ACCESS_KEY.")]
    public SecretRef? SecretKey { get; init; }

    [Description("Where the session token of temporary credentials is kept. Default: the variable AWS_SESSION_TOKEN, if it is set.")]
    public SecretRef? SessionToken { get; init; }

    [Description("Whether the bucket stands in the path instead of the host's name. Default: true where an endpoint is given.")]
    public bool? PathStyle { get; init; }
}

public sealed record WebHdfsLocation
{
    [Description("The address of the name node or of HttpFS, http or https, without /webhdfs/v1.")]
    public required string Endpoint { get; init; }

    [Description("The absolute path; a folder if it ends with a slash.")]
    public required string Path { get; init; }

    [Description("The user to act as, with simple authentication. Default: the server's default user.")]
    public string? User { get; init; }

    [Description("Where a delegation token is kept, instead of a user.")]
    public SecretRef? Token { get; init; }

    [Description("Where the user's password is kept, for gateways that ask for one (Basic authentication). Default: none.")]
    public SecretRef? Password { get; init; }
}
