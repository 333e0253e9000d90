using MLPlatform.Activities.Data.Stores;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Data.Stores;

/// <summary>Whatever breaks, and wherever: readers see the old or the new, and a second try gives the same bytes.</summary>
public sealed class StoreFaultTests
{
    [Theory]
    [InlineData("s3", "t.csv", 100)]
    [InlineData("s3", "t.csv", 250_000)]
    [InlineData("hdfs", "t.parquet", 100)]
    public async Task An_export_that_breaks_at_any_request_leaves_the_old_or_the_new_and_is_mended_by_another(string store, string name, int rows)
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        ArtifactRef table = await world.TableAsync(rows);
        FakeServer[] servers = store == "s3" ? [world.S3] : [world.Hdfs.NameNode, world.Hdfs.DataNode];
        await world.ExportAsync(table, world.At(store, name));
        byte[] whole = world.Seen(store, name)!;
        byte[] old = "old"u8.ToArray();
        foreach (FakeServer server in servers)
        {
            server.Restart();
            Put(world, store, name, old);
            await world.ExportAsync(table, world.At(store, name));
            int requests = server.Requests;
            for (int at = 1; at <= requests; at++)
            {
                foreach (Fault fault in new[] { Fault.Before, Fault.After })
                {
                    Put(world, store, name, old);
                    server.Restart();
                    int broken = at;
                    server.Faults = n => n >= broken ? fault : Fault.None;
                    ActivityException? problem = await Record.ExceptionAsync(() => world.ExportAsync(table, world.At(store, name))) as ActivityException;
                    server.Faults = _ => Fault.None;

                    byte[]? seen = world.Seen(store, name);
                    Assert.True(seen is not null && (seen.AsSpan().SequenceEqual(old) || seen.AsSpan().SequenceEqual(whole)), $"{server.GetType().Name}, request {at}, {fault}: neither the old nor the new");
                    Assert.True(problem is { Code: "DATA-124", Kind: FailureKind.Infrastructure }, $"{server.GetType().Name}, request {at}, {fault}: {problem?.Code} {problem?.Message}");
                    await world.ExportAsync(table, world.At(store, name));
                    Assert.Equal(whole, world.Seen(store, name));
                }
            }
        }
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("hdfs")]
    public async Task An_import_that_breaks_at_any_request_gives_nothing_and_the_next_gives_everything(string store)
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        ArtifactRef table = await world.TableAsync(5000);
        await world.ExportAsync(table, world.At(store, "t.csv"));
        FakeServer[] servers = store == "s3" ? [world.S3] : [world.Hdfs.NameNode, world.Hdfs.DataNode];
        foreach (FakeServer server in servers)
        {
            server.Restart();
            await world.ImportAsync(world.At(store, "t.csv"));
            int requests = server.Requests;
            foreach ((int at, Fault fault) in Enumerable.Range(1, requests).SelectMany(n => new[] { (n, Fault.Before), (n, Fault.Middle) }))
            {
                server.Restart();
                server.Faults = n => n >= at ? fault : Fault.None;
                Exception? problem = await Record.ExceptionAsync(() => world.ImportAsync(world.At(store, "t.csv")));
                server.Faults = _ => Fault.None;
                Assert.True(problem is null or ActivityException { Kind: FailureKind.Infrastructure }, $"{server.GetType().Name}, request {at}, {fault}: {problem}");
                Assert.Equal(table.Hash, (await world.ImportAsync(world.At(store, "t.csv"))).Table!.Hash);
            }
        }
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("hdfs")]
    public async Task A_file_that_is_replaced_while_it_is_read_is_not_used(string store)
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        await world.ExportAsync(await world.TableAsync(400_000), world.At(store, "t.csv"));
        byte[] other = [.. world.Seen(store, "t.csv")!];
        other[^2] ^= 1;
        bool done = false;
        Action<string> replace = _ =>
        {
            if (!done)
                Put(world, store, "t.csv", other);
            done = true;
        };
        (world.S3.Read, world.Hdfs.Read) = (store == "s3" ? replace : null, store == "s3" ? null : replace);

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => world.ImportAsync(world.At(store, "t.csv")));

        Assert.Equal(("DATA-125", FailureKind.Infrastructure), (problem.Code, problem.Kind));
    }

    [Fact]
    public async Task Bytes_that_were_changed_on_the_way_are_found_by_their_checksum()
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        world.S3["out/t.csv"] = "a\n1\n"u8.ToArray();
        string tag = world.S3["out/t.csv"].Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
        // The store's array itself is changed, so that its entity tag stays that of the bytes before.
        world.S3["out/t.csv"][2] = (byte)'2';

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => world.ImportAsync(world.At("s3", "t.csv"), new()));

        Assert.Equal(("DATA-125", "4"), (problem.Code, tag));
    }

    [Fact]
    public async Task What_a_killed_export_left_beside_the_file_is_written_over()
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(world.Folder, ".t.csv.mlp-export"), new string('x', 1 << 20), TestContext.Current.CancellationToken);

        await world.ExportAsync(await world.TableAsync(10), world.At("file", "t.csv"));

        Assert.Equal(["t.csv"], Directory.EnumerateFiles(world.Folder).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public async Task Whom_the_store_refuses_hears_so_and_no_secret_is_told()
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        ArtifactRef table = await world.TableAsync(10);
        world.Hdfs.Owner = "somebody";
        S3Location s3 = world.At("s3", "t.csv").S3!;
        WebHdfsLocation hdfs = world.At("hdfs", "t.csv").WebHdfs!;
        SecretRef wrong = new() { File = world.Context.Write("wrong", "not-the-secret-key") };
        (string Code, Location To)[] cases =
        [
            ("DATA-123", new() { S3 = s3 with { SecretKey = wrong } }),
            ("DATA-123", new() { WebHdfs = hdfs }),
            ("DATA-121", new() { S3 = s3 with { SecretKey = new() { Env = "MLP_TEST_NOT_SET" } } }),
            ("DATA-121", new() { WebHdfs = hdfs with { Token = new() { File = "/nowhere/token" } } }),
            ("DATA-120", new() { WebHdfs = hdfs with { Endpoint = "http://me:not-the-secret-key@127.0.0.1" } }),
            ("DATA-120", new() { Uri = "postgres://me:not-the-secret-key@127.0.0.1/db/t" }),
            ("DATA-122", new() { S3 = s3 with { Bucket = "other" } }),
            ("DATA-124", new() { WebHdfs = hdfs with { Endpoint = "http://127.0.0.1:1" } }),
        ];
        foreach ((string code, Location to) in cases)
        {
            ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => world.ExportAsync(table, to));
            Assert.Equal(code, problem.Code);
            Assert.DoesNotContain("secret-key", problem.Message, StringComparison.Ordinal);
        }
        Assert.DoesNotContain(world.Context.Lines, l => l.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gateways_password_goes_to_the_gateway_alone()
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        world.Hdfs.Password = "me:pass";
        ArtifactRef table = await world.TableAsync(10);
        Location to = new() { WebHdfs = world.At("hdfs", "t.csv").WebHdfs! with { Password = new() { File = world.Context.Write("p", "pass") } } };

        await world.ExportAsync(table, to); // The fake's data node throws if the password comes to it.

        Assert.Equal(table.Hash, (await world.ImportAsync(to)).Table!.Hash);
    }

    private static void Put(StoreWorld world, string store, string name, byte[] bytes)
    {
        if (store == "s3")
            world.S3["out/" + name] = bytes;
        else
            world.Hdfs["/user/me/out/" + name] = bytes;
    }
}
