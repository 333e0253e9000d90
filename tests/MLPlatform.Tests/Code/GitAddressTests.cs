using MLPlatform.Core.Code;
using Xunit;

namespace MLPlatform.Tests.Code;

/// <summary>What git may be given, and what not.</summary>
public class GitAddressTests
{
    private static readonly string[] Roots = ["/srv/git"];

    [Theory]
    [InlineData("https://git.example.com/team/ctr.git", "https")]
    [InlineData("http://127.0.0.1:3000/team/ctr", "http")]
    [InlineData("ssh://git@git.example.com:2222/team/ctr.git", "ssh")]
    [InlineData("git@git.example.com:team/ctr.git", "ssh")]
    [InlineData("/srv/git/ctr", "file")]
    public void Addresses_of_repositories_are_taken_with_one_protocol(string url, string protocol) =>
        Assert.Equal(protocol, GitAddress.Read(url, "main", Roots, out _)?.Protocol);

    [Theory]
    [InlineData("ext::sh -c touch% /tmp/x")]
    [InlineData("ext::sh")]
    [InlineData("fd::17")]
    [InlineData("file:///srv/git/ctr")]
    [InlineData("/etc")]
    [InlineData("/srv/git/../../etc")]
    [InlineData("/srv/github/ctr")]
    [InlineData("../ctr")]
    [InlineData("--upload-pack=touch /tmp/x")]
    [InlineData("-oProxyCommand=x")]
    [InlineData("ssh://-oProxyCommand=x/y")]
    [InlineData("git@-oProxyCommand=x:y")]
    [InlineData("-x@host:y")]
    [InlineData("git@host:-x")]
    [InlineData("https://user:secret@git.example.com/ctr")]
    [InlineData("https://token@git.example.com/ctr")]
    [InlineData("https://git.example.com/ctr\n--x")]
    [InlineData("https:///ctr")]
    [InlineData("ftp://git.example.com/ctr")]
    [InlineData("")]
    public void What_is_no_address_is_never_handed_to_git(string url)
    {
        Assert.Null(GitAddress.Read(url, null, Roots, out string? problem));
        Assert.False(string.IsNullOrEmpty(problem));
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("main")]
    [InlineData("feature/new-model")]
    [InlineData("v1.2.0")]
    [InlineData("refs/pull/7/head")]
    [InlineData("0123456789abcdef0123456789abcdef01234567")]
    public void Branches_tags_and_commits_are_refs(string? reference) =>
        Assert.NotNull(GitAddress.Read("https://h/r", reference, Roots, out _));

    [Theory]
    [InlineData("")]
    [InlineData("--upload-pack=x")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("main:refs/heads/x")]
    [InlineData("+main")]
    [InlineData("main@{1}")]
    [InlineData("main^")]
    [InlineData("main~1")]
    [InlineData("a//b")]
    [InlineData("a/.b")]
    [InlineData("a.lock")]
    [InlineData("main\n")]
    [InlineData("$(touch x)")]
    public void What_is_no_ref_is_never_handed_to_git(string reference) =>
        Assert.Null(GitAddress.Read("https://h/r", reference, Roots, out _));

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef01234567", true)]
    [InlineData("0123456789abcdef", false)]
    [InlineData("main", false)]
    public void Only_a_whole_commit_id_needs_no_looking_up(string reference, bool whole) =>
        Assert.Equal(whole, GitAddress.Read("https://h/r", reference, Roots, out _)!.IsCommit);
}
