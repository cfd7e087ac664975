"""The media side: the socket as the provider opens it, and the caller's frames on a 20 ms clock."""
