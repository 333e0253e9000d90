using MLPlatform.Vlps.Spill;
using Xunit;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed unsafe class PageCacheTests
{
    [Fact]
    public void What_is_in_memory_is_read_and_what_is_not_in_the_file_is_not()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        byte[] written = [.. Enumerable.Range(0, 8192).Select(i => (byte)(i / 100))];
        RandomAccess.Write(file, written, 0);
        var cache = new PageCache(file);
        byte[] read = new byte[4096];
        fixed (byte* to = read)
        {
            // Just written, so it is in memory; other systems than Linux do not tell.
            Assert.Equal(OperatingSystem.IsLinux(), cache.TryRead(4096, to, 4096));
            if (OperatingSystem.IsLinux())
                Assert.Equal(written[4096..], read);
            Assert.False(cache.TryRead(6144, to, 4096));
            Assert.False(cache.TryRead(8192, to, 4096));
        }
    }

    [Fact]
    public void Nothing_is_read_that_would_have_to_be_waited_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems do not tell");
        // A file that the system makes as it is read: it is never in memory beforehand.
        using var file = File.OpenHandle("/proc/version", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] read = new byte[8];
        fixed (byte* to = read)
            Assert.False(new PageCache(file).TryRead(0, to, read.Length));
        Assert.Equal(read.Length, RandomAccess.Read(file, read, 0));
    }
}
