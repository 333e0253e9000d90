using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Activities.Data.Stores;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;

namespace MLPlatform.IntegrationTests.Data.Stores;

/// <summary>A platform's activities with a folder, an S3 store and an HDFS outside of it.</summary>
internal sealed class StoreWorld : IAsyncDisposable
{
    public static readonly ColumnSpec[] Columns =
    [
        new() { Name = "id", Type = ColumnType.Int64 }, new() { Name = "text", Type = ColumnType.String }, new() { Name = "x", Type = ColumnType.Double },
        new() { Name = "yes", Type = ColumnType.Bool }, new() { Name = "at", Type = ColumnType.Timestamp },
    ];

    public TestActivityContext Context { get; } = new() { MemoryToUse = 512L << 20 };
    public FakeS3 S3 { get; } = new();
    public FakeHdfs Hdfs { get; } = new();
    public string Folder { get; private set; } = "";
    public SecretRef AccessKey { get; private set; } = new();
    public SecretRef SecretKey { get; private set; } = new();

    public static async Task<StoreWorld> StartAsync()
    {
        StoreWorld world = new();
        world.Folder = world.Context.NewFolder();
        world.AccessKey = new() { File = world.Context.Write("id", FakeS3.AccessKey + "\n") };
        world.SecretKey = new() { File = world.Context.Write("key", FakeS3.SecretKey + "\n") };
        await world.S3.StartAsync();
        await world.Hdfs.StartAsync();
        return world;
    }

    public Location At(string store, string name) => store switch
    {
        "file" => new() { File = Path.Combine(Folder, name) },
        "s3" => new() { S3 = new() { Endpoint = S3.Address, Bucket = FakeS3.Bucket, Key = "out/" + name, AccessKey = AccessKey, SecretKey = SecretKey } },
        "hdfs" => new() { WebHdfs = new() { Endpoint = Hdfs.NameNode.Address, Path = "/user/me/out/" + name, User = "me" } },
        _ => throw new ArgumentOutOfRangeException(nameof(store), store, "no such store"),
    };

    /// <summary>The bytes of what is seen at a name; null where there is nothing.</summary>
    public byte[]? Seen(string store, string name) => store switch
    {
        "file" => File.Exists(Path.Combine(Folder, name)) ? File.ReadAllBytes(Path.Combine(Folder, name)) : null,
        "s3" => S3.Keys.Contains("out/" + name) ? S3["out/" + name] : null,
        _ => Hdfs.Paths.Contains("/user/me/out/" + name) ? Hdfs["/user/me/out/" + name] : null,
    };

    /// <summary>A table of rows that differ, with every type, missing values and texts that are hard to write.</summary>
    public async Task<ArtifactRef> TableAsync(int rows)
    {
        ArtifactRef any = (await Context.RunAsync(new CollectBees(), new() { Source = Context.Write("a.csv", "a\n1\n") })).Table;
        return (await Context.RunAsync(new RunSql(), new()
        {
            Tables = new Dictionary<string, ArtifactRef> { ["any"] = any },
            Sql = $$"""
                SELECT CASE WHEN i % 11 <> 3 THEN i * 1000003 - 7000000000 END AS id,
                  CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'a "quoted", text' WHEN 3 THEN E'two\nlines' WHEN 4 THEN ' blanks ' WHEN 5 THEN '推荐 ' || i ELSE md5(i::VARCHAR) END AS text,
                  CASE WHEN i % 5 <> 0 THEN (i * 0.1 - 3) * pow(10, i % 40 - 20) END AS x,
                  CASE WHEN i % 3 <> 0 THEN i % 2 = 0 END AS yes,
                  CASE WHEN i % 13 <> 0 THEN make_timestamp(1600000000000000 + i * 1234567) END AS at
                FROM range({{rows}}) r(i)
                """,
        })).Table;
    }

    public Task<ExportData.Outputs> ExportAsync(ArtifactRef artifact, Location to) => Context.RunAsync(new ExportData(), new() { Artifact = artifact, To = to });

    public Task<ImportData.Outputs> ImportAsync(Location from, Reading? reading = null) =>
        Context.RunAsync(new ImportData(), new() { From = from, Reading = reading ?? new() { Columns = Columns } });

    public async ValueTask DisposeAsync()
    {
        await S3.DisposeAsync();
        await Hdfs.DisposeAsync();
        Context.Dispose();
    }
}
