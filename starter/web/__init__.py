"""What answers over HTTP stands on: engines that all requests share, who asks, how much they may ask."""
